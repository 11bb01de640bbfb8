import { ChatError } from "../errors.js";
import type { Logger } from "../options.js";
import { FullJitter, type Timing } from "../timing.js";
import type { Network } from "./network.js";
import type { SessionEnd } from "./session.js";

/** What became of the connection, and after which pause (ms) the next is tried. For showing it; nothing has to be done about it. */
export interface ConnectionReport {
  readonly change: "connected" | "lost" | "draining" | "failed";
  readonly gateway: string;
  readonly pause?: number;
  readonly reason?: unknown;
}

export interface ConnectionLoopParts {
  readonly gateways: readonly string[];
  readonly timing: Timing;
  readonly network: Network;
  readonly logger: Logger;
  /** Gets a token, connects, and works on the connection until it ends. */
  readonly connect: (gateway: string, connected: () => void) => Promise<SessionEnd>;
  /** Leaves the connection that is there. */
  readonly leave: () => void;
  readonly report: (report: ConnectionReport) => void;
}

/** Keeps a client connected: one gateway after the other, with pauses that spread the clients of a lost one. */
export async function runConnections(parts: ConnectionLoopParts, stop: AbortSignal): Promise<void> {
  const { gateways, timing, network } = parts;
  const delay = FullJitter.forConnections(timing.random);
  let refusals = 0;
  const unsubscribe = network.subscribe(() => network.isOnline() || parts.leave());
  try {
    for (let turn = Math.floor(timing.random() * gateways.length); !stop.aborted; turn++) {
      const gateway = gateways[turn % gateways.length]!;
      const { change, asked, reason } = await attempt(gateway);
      if (stop.aborted) return;
      if (change !== "failed") delay.reset();
      refusals = reason instanceof ChatError && reason.code === "unauthenticated" ? refusals + 1 : 0;
      if (refusals > 1) throw new ChatError("unauthenticated", "The gateways refuse the token. Get a valid one and create a new client.");

      // A new token is worth trying at once; the clients of a draining gateway were spread by the gateway already.
      const pause = refusals > 0 ? 0 : (asked ?? delay.next());
      parts.report({ change, gateway, pause, ...(reason === undefined ? {} : { reason }) });
      await rest(pause);
    }
  } finally {
    unsubscribe();
  }

  async function attempt(gateway: string): Promise<{ change: "lost" | "draining" | "failed"; asked?: number; reason?: unknown }> {
    try {
      const { retryAfter, fault } = await parts.connect(gateway, () => parts.report({ change: "connected", gateway }));
      if (fault) throw fault;
      return retryAfter === undefined ? { change: "lost" } : { change: "draining", asked: retryAfter };
    } catch (reason) {
      if (reason instanceof ChatError && !reason.isTransient && reason.code !== "unauthenticated") throw reason;
      if (!stop.aborted) parts.logger("info", "No connection.", { gateway, reason });
      return { change: "failed", reason };
    }
  }

  // Ends early when the network comes back, and not at all while there is none.
  async function rest(pause: number): Promise<void> {
    const over = new AbortController();
    const stopped = () => over.abort();
    stop.addEventListener("abort", stopped);
    const wasOnline = network.isOnline();
    const unwatch = network.subscribe(() => network.isOnline() && stopped());
    await (wasOnline
      ? timing.sleep(pause, over.signal)
      : new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve())));
    unwatch();
    stop.removeEventListener("abort", stopped);
  }
}
