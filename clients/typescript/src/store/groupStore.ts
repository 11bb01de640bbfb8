import type { ChatMessage, HistoryPage } from "../protocol.js";
import { messagesPerPage } from "../protocol.js";
import type { GapReport } from "../ordering/resumeLoop.js";
import type { SendChange } from "../sending/sender.js";

/** A send of this client that is shown before it is delivered. */
export interface PendingMessage {
  readonly clientMessageId: string;
  readonly body: string;
  readonly state: "queued" | "sent" | "rejected";
  readonly code?: string;
}

/** What a view of a group shows. Never changed: what is the same object is the same content. */
export interface GroupSnapshot {
  /** Ascending, at most the window. */
  readonly messages: readonly ChatMessage[];
  /** In the order of the calls, after all messages. A rejected one stays until `dismiss`. */
  readonly pending: readonly PendingMessage[];
  /** The last gap that was told; null when none. */
  readonly gap: GapReport | null;
  /** True while older messages may be had by `loadOlder`. */
  readonly hasOlder: boolean;
  /** True when the window was moved away from the newest messages; `loadNewest` brings it back. */
  readonly hasNewer: boolean;
}

type ReadHistory = (position: { before?: number }, limit: number, signal?: AbortSignal) => Promise<HistoryPage>;

/** The state of one group for a view. `subscribe` and `getSnapshot` fit React's `useSyncExternalStore`. */
export class GroupStore {
  #messages: ChatMessage[] = [];
  #pending = new Map<string, PendingMessage>();
  #snapshot: GroupSnapshot | undefined;
  #parts: Pick<GroupSnapshot, "messages" | "pending"> | undefined;
  #gap: GapReport | null = null;
  #hasOlder = true;
  #hasNewer = false;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly groupId: string,
    private readonly window: number,
    private readonly history: ReadHistory,
  ) {}

  /** Calls back after every change; the answer stops it. */
  readonly subscribe = (changed: () => void): (() => void) => {
    const listener = () => changed();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The same object until something changed; parts that did not change stay the same objects. */
  readonly getSnapshot = (): GroupSnapshot =>
    (this.#snapshot ??= {
      ...(this.#parts = {
        messages: this.#parts?.messages ?? Object.freeze([...this.#messages]),
        pending: this.#parts?.pending ?? Object.freeze([...this.#pending.values()]),
      }),
      gap: this.#gap,
      hasOlder: this.#hasOlder,
      hasNewer: this.#hasNewer,
    });

  /** Reads older messages into the window. Newer ones leave it when it is full. */
  async loadOlder(limit = 50, signal?: AbortSignal): Promise<void> {
    const before = this.#messages[0]?.sequence ?? 0;
    const page = await this.history({ before }, Math.min(limit, messagesPerPage), signal);
    // Another call was faster, or live messages pushed the oldest out meanwhile.
    if ((this.#messages[0]?.sequence ?? 0) !== before) return;
    this.#messages.unshift(...[...page.messages].reverse());
    this.#hasOlder = !page.endOfHistory;
    if (this.#messages.length > this.window) {
      this.#messages.length = this.window;
      this.#hasNewer = true;
    }
    this.#changed("messages");
  }

  /** Goes back to the newest messages. */
  async loadNewest(signal?: AbortSignal): Promise<void> {
    const page = await this.history({}, Math.min(this.window, messagesPerPage), signal);
    this.#messages = [...page.messages].reverse();
    [this.#hasOlder, this.#hasNewer] = [!page.endOfHistory, false];
    this.#changed("messages");
  }

  /** Forgets a send that was rejected. */
  dismiss(clientMessageId: string): void {
    if (this.#pending.get(clientMessageId)?.state === "rejected" && this.#pending.delete(clientMessageId)) this.#changed("pending");
  }

  /** @internal The next message of the group. */
  add(message: ChatMessage): void {
    if (this.#pending.delete(message.clientMessageId)) this.#forget("pending");
    if (this.#hasNewer || message.sequence <= (this.#messages.at(-1)?.sequence ?? 0)) return this.#changed();
    this.#messages.push(message);
    if (this.#messages.length > this.window) {
      this.#messages.shift();
      this.#hasOlder = true;
    }
    this.#changed("messages");
  }

  /** @internal */
  sendChanged({ clientMessageId, body, ...state }: SendChange): void {
    if (state.state === "queued" || state.state === "sent")
      this.#pending.set(clientMessageId, { clientMessageId, body, state: state.state });
    else if (state.state === "rejected") this.#pending.set(clientMessageId, { clientMessageId, body, state: "rejected", code: state.code });
    else if (!this.#pending.delete(clientMessageId)) return;
    this.#changed("pending");
  }

  /** @internal */
  tellGap(gap: GapReport): void {
    this.#gap = gap;
    if (gap.code !== "position_beyond_newest") return this.#changed();
    // Another history: nothing of the old one is shown.
    this.#messages = [];
    [this.#hasOlder, this.#hasNewer] = [false, false];
    this.#changed("messages");
  }

  #forget(part: "messages" | "pending"): void {
    if (this.#parts) this.#parts = { ...this.#parts, [part]: undefined } as unknown as Pick<GroupSnapshot, "messages" | "pending">;
    this.#snapshot = undefined;
  }

  #changed(part?: "messages" | "pending"): void {
    if (part) this.#forget(part);
    this.#snapshot = undefined;
    for (const listener of [...this.#listeners]) listener();
  }
}
