import { type ConnectionReport, runConnections } from "./connecting/connectionLoop.js";
import { CurrentSession } from "./connecting/currentSession.js";
import { browserNetwork } from "./connecting/network.js";
import { Session, type SessionEnd } from "./connecting/session.js";
import { ChatError } from "./errors.js";
import { Events } from "./events.js";
import { Rest } from "./groups/rest.js";
import type { ChatClientOptions, Logger } from "./options.js";
import { Inbox } from "./ordering/inbox.js";
import { type GapReport, ResumeLoop } from "./ordering/resumeLoop.js";
import type { ChatMessage } from "./protocol.js";
import { type SendChange, Sender, type Sending } from "./sending/sender.js";
import { memoryOutbox } from "./sending/storage.js";
import { GroupStore } from "./store/groupStore.js";
import { FullJitter, systemTiming, type Timing } from "./timing.js";

/** Everything that a client tells. */
export interface ChatEvents {
  /** The next message of its group: in order, each once, none left out that no `gap` told. */
  message: ChatMessage;
  gap: GapReport;
  send: SendChange;
  connection: ConnectionReport;
  /** The last event: undefined after `close`, otherwise what ended the client. */
  ended: ChatError | undefined;
}

// The list of a user's groups follows a change by moments: one that was joined just before the first read is in the second.
const directoryDelay = 5_000;

/** One user's place in all their groups, held through lost connections and gateways that come and go. */
export class ChatClient {
  readonly rest: Rest;
  readonly #logger: Logger;
  readonly #timing: Timing;
  readonly #timeout: number;
  readonly #events: Events<ChatEvents>;
  readonly #inbox: Inbox;
  readonly #sender: Sender;
  readonly #current = new CurrentSession();
  readonly #stop = new AbortController();
  readonly #stores = new Map<string, GroupStore>();
  readonly #sends = new Map<string, SendChange>();
  #gateway: string;
  #running: Promise<void> | undefined;
  #ended = false;

  constructor(private readonly options: ChatClientOptions) {
    const first = options.gateways[0];
    if (first === undefined) throw new ChatError("malformed_request", "At least one gateway is needed.");
    this.#gateway = first;
    this.#logger = options.logger ?? (() => {});
    this.#timing = { ...systemTiming, ...options.timing };
    this.#timeout = options.timeout ?? 15_000;
    this.#events = new Events(this.#logger);
    this.rest = new Rest(() => this.#gateway, options.token, this.#timeout);
    this.#inbox = new Inbox(options.positions ?? {}, (message) => this.#deliver(message));
    this.#sender = new Sender({
      storage: options.outbox ?? memoryOutbox(),
      timing: this.#timing,
      logger: this.#logger,
      stop: this.#stop.signal,
      call: async (method, ...args) => (await this.#current.get(this.#stop.signal)).call(method, ...args),
      changed: (change) => this.#sendChanged(change),
    });
  }

  /** Group → last sequence that was told. Persist it and give it to the next client to go on after a restart. */
  get positions(): Record<string, number> {
    return this.#inbox.positions;
  }

  /** How many sends are in the outbox. */
  get undecided(): number {
    return this.#sender.undecided;
  }

  /** Adds a listener; the answer removes it, and so does the signal. */
  on<Name extends keyof ChatEvents>(name: Name, listener: (event: ChatEvents[Name]) => void, signal?: AbortSignal): () => void {
    return this.#events.on(name, listener, signal);
  }

  /** Starts the client, and resolves once it is connected for the first time. Later losses are its own business. @throws ChatError */
  async connect(signal?: AbortSignal): Promise<void> {
    this.#running ??= this.#run();
    await this.#current.get(signal);
  }

  /** Sends a message: in the group's store at once, out when there is a connection. The signal takes back one that waits. */
  send(groupId: string, body: string, { clientMessageId, signal }: { clientMessageId?: string; signal?: AbortSignal } = {}): Sending {
    return this.#sender.send(groupId, body, clientMessageId, signal);
  }

  /** The store of a group, for a view of it. The same object for the same group. */
  group(groupId: string): GroupStore {
    let store = this.#stores.get(groupId);
    if (!store) {
      store = new GroupStore(groupId, this.options.window ?? 500, (position, limit, signal) =>
        this.rest.history(groupId, position, limit, signal),
      );
      this.#stores.set(groupId, store);
      for (const change of this.#sends.values()) if (change.groupId === groupId) store.sendChanged(change);
    }
    return store;
  }

  /** Leaves. What is in the outbox stays there. */
  async close(): Promise<void> {
    this.#stop.abort(new ChatError("cancelled", "The client was closed."));
    this.#current.leave();
    await this.#running;
    this.#end(undefined);
  }

  async #run(): Promise<void> {
    const { gateways, network = browserNetwork() } = this.options;
    try {
      await runConnections(
        {
          gateways,
          network,
          timing: this.#timing,
          logger: this.#logger,
          leave: () => this.#current.leave(),
          connect: (gateway, connected) => this.#connectOnce(gateway, connected),
          report: (report) => this.#events.emit("connection", report),
        },
        this.#stop.signal,
      );
    } catch (fault) {
      this.#stop.abort(fault);
      this.#end(fault instanceof ChatError ? fault : new ChatError("internal", String(fault), { cause: fault }));
    }
  }

  async #connectOnce(gateway: string, connected: () => void): Promise<SessionEnd> {
    const token = await this.options.token();
    const session = await this.#open(gateway, token);
    this.#gateway = gateway;
    connected();
    this.#inbox.wantAll();
    const call = <T>(method: string, ...args: unknown[]) => session.call<T>(method, ...args);
    const resume = new ResumeLoop(
      this.#inbox,
      (positions) => call("Resume", positions),
      (gap) => this.#tellGap(gap),
      this.#timing,
    );
    this.#current.begin(session);
    const work = [resume.run(session.ended), this.#sender.askOutcomes(call, session.ended)];
    if (this.options.discoverGroups !== false) work.push(this.#discover(gateway, token, session.ended));
    // A connection on which resuming failed may have gaps that nobody looks after.
    for (const part of work) part.catch(() => session.leave());
    return session.end;
  }

  async #open(gateway: string, token: string): Promise<Session> {
    try {
      return await Session.open(
        gateway,
        token,
        this.#timeout,
        {
          message: (message) => this.#inbox.receive(message),
          rejected: ({ groupId, clientMessageId, code }) => this.#sender.rejected(groupId, clientMessageId, code),
          missed: (groupId) => this.#inbox.missed(groupId),
        },
        this.#logger,
        this.#stop.signal,
      );
    } catch (failure) {
      // A browser does not say why a WebSocket was refused. An ordinary request with the same token does.
      await new Rest(
        () => gateway,
        () => token,
        this.#timeout,
      )
        .call("GET", "/groups", undefined, this.#stop.signal)
        .catch((refused) => {
          if (refused instanceof ChatError && refused.code === "unauthenticated") throw refused;
        });
      throw new ChatError("connection_lost", `No connection to ${gateway}.`, { cause: failure });
    }
  }

  async #discover(gateway: string, token: string, ended: AbortSignal): Promise<void> {
    const rest = new Rest(
      () => gateway,
      () => token,
      this.#timeout,
    );
    const delay = FullJitter.forConnections(this.#timing.random);
    for (let reads = 0; reads < 2 && !ended.aborted;) {
      try {
        for (const groupId of await rest.groups(ended)) this.#inbox.discover(groupId);
        if (++reads < 2) await systemTiming.sleep(directoryDelay, ended);
      } catch (failure) {
        if (!ended.aborted) this.#logger("info", "The groups could not be read.", { failure });
        await this.#timing.sleep(delay.next(), ended);
      }
    }
  }

  #deliver(message: ChatMessage): void {
    this.#stores.get(message.groupId)?.add(message);
    this.#sender.delivered(message.groupId, message.clientMessageId, message.sequence);
    this.#events.emit("message", message);
  }

  #tellGap(gap: GapReport): void {
    this.#stores.get(gap.groupId)?.tellGap(gap);
    this.#events.emit("gap", gap);
  }

  #sendChanged(change: SendChange): void {
    // A store that is made later shows what is under way as well.
    if (change.state === "queued" || change.state === "sent") this.#sends.set(change.clientMessageId, change);
    else this.#sends.delete(change.clientMessageId);
    this.#stores.get(change.groupId)?.sendChanged(change);
    this.#events.emit("send", change);
  }

  #end(fault: ChatError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#current.end(fault ?? this.#stop.signal.reason);
    this.#events.emit("ended", fault);
  }
}
