import { ChatError } from "../errors.js";
import type { Logger } from "../options.js";
import { outcomesPerCall, type SendOutcome, type SendReceipt } from "../protocol.js";
import { FullJitter, type Timing } from "../timing.js";
import type { OutboxEntry, OutboxStorage } from "./storage.js";

/**
 * What has become of a send: `sent` is accepted by a gateway, and will be delivered or rejected; `forgotten` is more than 7 days old, and
 * the service does not know its outcome any more.
 */
export type SendState =
  | { readonly state: "queued" | "sent" | "cancelled" | "forgotten" }
  | { readonly state: "delivered"; readonly sequence: number | undefined }
  | { readonly state: "rejected"; readonly code: string };

/** A change of a send. Those of an earlier life of the application are told as well. */
export type SendChange = SendState & { readonly groupId: string; readonly clientMessageId: string; readonly body: string };

/** A send that was asked for. Its promises never reject for a refusal: that is a state. */
export interface Sending {
  readonly clientMessageId: string;
  /** Resolves once the outbox has it: from then on a reload does not lose it. Rejects when the storage fails; it is sent all the same. */
  readonly stored: Promise<void>;
  /** Resolves once it is delivered, rejected, cancelled or forgotten. */
  readonly outcome: Promise<SendState>;
}

interface Item {
  entry: OutboxEntry;
  resolve: (state: SendState) => void;
}

const sevenDays = 7 * 24 * 3_600_000;
const callFor = <T>(call: SenderParts["call"], method: string, ...args: unknown[]) => call(method, ...args) as Promise<T>;

export interface SenderParts {
  readonly storage: OutboxStorage;
  /** Calls on the connection of this moment, or the next one. Rejects with a ChatError, or with anything once the client has ended. */
  readonly call: (method: string, ...args: unknown[]) => Promise<unknown>;
  readonly changed: (change: SendChange) => void;
  readonly timing: Timing;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/**
 * Sends of one group are made one after another, in the order of the calls, also across reloads; those of different groups side by side.
 * A send keeps its client message id however often it is tried: it is one message. It stays in the outbox until its outcome is known.
 */
export class Sender {
  readonly #items = new Map<string, Item>();
  readonly #queues = new Map<string, Item[]>();
  readonly #loaded: Promise<void>;
  // Storage operations one after another, so that a delete cannot overtake the put of the same entry.
  #storing: Promise<unknown>;
  #order = 0;

  constructor(private readonly parts: SenderParts) {
    this.#loaded = this.#load();
    this.#storing = this.#loaded;
  }

  send(groupId: string, body: string, clientMessageId: string = crypto.randomUUID(), signal?: AbortSignal): Sending {
    let resolve!: Item["resolve"];
    const outcome = new Promise<SendState>((decided) => (resolve = decided));
    const createdAt = Date.now();
    const item: Item = { entry: { groupId, clientMessageId, body, order: 0, state: "queued", createdAt }, resolve };
    if (this.#items.has(clientMessageId))
      throw new ChatError("malformed_request", `A send with the id ${clientMessageId} is not decided yet.`);
    this.#items.set(clientMessageId, item);
    this.#tell(item.entry, { state: "queued" });
    signal?.addEventListener("abort", () => item.entry.state === "queued" && this.#decide(clientMessageId, { state: "cancelled" }), {
      once: true,
    });
    const stored = this.#store(() => {
      item.entry = { ...item.entry, order: ++this.#order };
      return this.parts.storage.put(item.entry);
    });
    // Stored before it is sent: what a gateway accepted must be known after a reload.
    void stored.catch(() => {}).then(() => this.#enqueue(item));
    if (signal?.aborted) this.#decide(clientMessageId, { state: "cancelled" });
    return { clientMessageId, stored, outcome };
  }

  /** How many sends are not decided. */
  get undecided(): number {
    return this.#items.size;
  }

  /** A message came: when it is one of this client's own, that send is delivered. */
  delivered(groupId: string, clientMessageId: string, sequence: number | undefined): void {
    if (this.#items.get(clientMessageId)?.entry.groupId === groupId) this.#decide(clientMessageId, { state: "delivered", sequence });
  }

  rejected(groupId: string, clientMessageId: string, code: string): void {
    if (this.#items.get(clientMessageId)?.entry.groupId === groupId) this.#decide(clientMessageId, { state: "rejected", code });
  }

  /** On a new connection: asks what became of sends meanwhile. What is decided from now on is told on this connection. */
  async askOutcomes(call: SenderParts["call"], ended: AbortSignal): Promise<void> {
    await this.#loaded;
    const sent = new Map<string, Item[]>();
    for (const item of this.#items.values()) {
      if (item.entry.state === "sent") sent.set(item.entry.groupId, [...(sent.get(item.entry.groupId) ?? []), item]);
    }
    for (const [groupId, items] of sent) {
      for (let from = 0; from < items.length; from += outcomesPerCall) {
        const ids = items.slice(from, from + outcomesPerCall).map(({ entry }) => entry.clientMessageId);
        const outcomes = await this.#repeat(
          () => callFor<SendOutcome[]>(call, "GetOutcomes", groupId, ids),
          () => ended.aborted,
        );
        for (const { clientMessageId, outcome, sequence, code } of outcomes ?? []) {
          if (outcome === "delivered") this.delivered(groupId, clientMessageId, sequence ?? undefined);
          else if (outcome === "rejected") this.rejected(groupId, clientMessageId, code ?? "internal");
          else this.#forgetOld(clientMessageId);
        }
      }
    }
  }

  async #load(): Promise<void> {
    try {
      const entries = [...(await this.parts.storage.load())].sort((one, other) => one.order - other.order);
      for (const entry of entries) {
        this.#order = Math.max(this.#order, entry.order);
        const item: Item = { entry, resolve: () => {} };
        this.#items.set(entry.clientMessageId, item);
        this.#tell(entry, { state: entry.state });
        if (entry.state === "queued") this.#enqueue(item);
      }
    } catch (failure) {
      this.parts.logger("error", "The outbox cannot be read.", { failure });
    }
  }

  #enqueue(item: Item): void {
    const { groupId } = item.entry;
    const queue = this.#queues.get(groupId);
    if (queue) return void queue.push(item);
    this.#queues.set(groupId, [item]);
    void this.#work(groupId);
  }

  async #work(groupId: string): Promise<void> {
    const queue = this.#queues.get(groupId)!;
    for (let item = queue[0]; item && !this.parts.stop.aborted; queue.shift(), item = queue[0]) await this.#sendOne(item);
    this.#queues.delete(groupId);
  }

  async #sendOne(item: Item): Promise<void> {
    const { groupId, clientMessageId, body } = item.entry;
    const isDecided = () => this.#items.get(clientMessageId) !== item;
    if (isDecided()) return;
    try {
      const receipt = await this.#repeat(
        () => callFor<SendReceipt>(this.parts.call, "SendMessage", groupId, clientMessageId, body),
        isDecided,
      );
      if (!receipt || isDecided()) return;
      item.entry = { ...item.entry, state: "sent" };
      this.#tell(item.entry, { state: "sent" });
      void this.#store(() => (isDecided() ? Promise.resolve() : this.parts.storage.put(item.entry))).catch(() => {});
    } catch (failure) {
      // Anything but a refusal says that the client has ended; the send stays in the outbox.
      if (failure instanceof ChatError && !this.parts.stop.aborted)
        this.#decide(clientMessageId, { state: "rejected", code: failure.code });
    }
  }

  // One call, made again after every transient failure, until it is answered, refused for good, or not needed any more.
  async #repeat<T>(attempt: () => Promise<T>, isDecided: () => boolean): Promise<T | undefined> {
    const delay = FullJitter.forCalls(this.parts.timing.random);
    while (!this.parts.stop.aborted && !isDecided()) {
      try {
        return await attempt();
      } catch (failure) {
        if (!(failure instanceof ChatError) || !failure.isTransient) throw failure;
        await this.parts.timing.sleep(delay.next(), this.parts.stop);
      }
    }
    return undefined;
  }

  #forgetOld(clientMessageId: string): void {
    const item = this.#items.get(clientMessageId);
    if (item && Date.now() - item.entry.createdAt > sevenDays) this.#decide(clientMessageId, { state: "forgotten" });
  }

  #decide(clientMessageId: string, state: SendState): void {
    const item = this.#items.get(clientMessageId);
    if (!item) return;
    this.#items.delete(clientMessageId);
    void this.#store(() => this.parts.storage.delete(clientMessageId)).catch(() => {});
    item.resolve(state);
    this.#tell(item.entry, state);
  }

  // A failure is logged here, whoever else deals with it.
  #store(act: () => Promise<void>): Promise<void> {
    const done = this.#storing.then(() =>
      this.parts.stop.aborted ? Promise.reject(new ChatError("cancelled", "The client has ended.")) : act(),
    );
    this.#storing = done.catch((failure) => {
      if (!this.parts.stop.aborted) this.parts.logger("warn", "The outbox cannot be written.", { failure });
    });
    return done;
  }

  #tell({ groupId, clientMessageId, body }: OutboxEntry, state: SendState): void {
    this.parts.changed({ groupId, clientMessageId, body, ...state });
  }
}
