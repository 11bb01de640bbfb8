import type { Network } from "./connecting/network.js";
import type { OutboxStorage } from "./sending/storage.js";
import type { Timing } from "./timing.js";

/** Where the SDK writes what it does: no bodies, no tokens. */
export type Logger = (level: "debug" | "info" | "warn" | "error", text: string, details?: Readonly<Record<string, unknown>>) => void;

/** What a ChatClient needs to know. */
export interface ChatClientOptions {
  /** Base addresses of gateways (`https://host:port`). The first is chosen at random, later ones in turn. */
  readonly gateways: readonly string[];
  /** Asked for a JWT before every connection. Asked again after a pause when it throws. Refused twice in a row, it ends the client. */
  readonly token: () => string | Promise<string>;
  /** Group → last sequence that the application has dealt with, as `client.positions` once said. Default: from the beginning. */
  readonly positions?: Readonly<Record<string, number>>;
  /** Keeps sends until their outcome is known. Default: memory; `indexedDbOutbox()` survives a reload. */
  readonly outbox?: OutboxStorage;
  /** Reads the user's groups from `GET /groups` at every connection. Default true. */
  readonly discoverGroups?: boolean;
  /** How many messages the store of a group keeps, 1 or more. Default 500. */
  readonly window?: number;
  /** How long one attempt to connect, or one call, may take, in milliseconds. Default 15,000. */
  readonly timeout?: number;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** Default: the browser's online and offline events; elsewhere the network is taken to be there. */
  readonly network?: Network;
  readonly timing?: Partial<Timing>;
}
