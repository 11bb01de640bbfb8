import type { ChatMessage, ResumePosition } from "../protocol.js";
import { GroupCursor } from "./groupCursor.js";

/**
 * Everything that arrives, on whichever connection, becomes one stream: per group in order, each message once. It outlives connections,
 * and knows which groups want a resume.
 */
export class Inbox {
  readonly #groups = new Map<string, GroupCursor>();
  // In the order of asking, each group once. Groups at the end must not starve.
  readonly #wanted = new Set<string>();
  readonly #resuming = new Set<string>();
  #wake: () => void = () => {};

  constructor(
    positions: Readonly<Record<string, number>>,
    private readonly deliver: (message: ChatMessage) => void,
  ) {
    for (const [groupId, position] of Object.entries(positions)) this.#groups.set(groupId, new GroupCursor(position));
  }

  /** Group → last sequence that was delivered. */
  get positions(): Record<string, number> {
    return Object.fromEntries([...this.#groups].map(([groupId, cursor]) => [groupId, cursor.last]));
  }

  /** Delivers the message when it is next, drops it when it was seen, asks for what is missing before it. */
  receive(message: ChatMessage): void {
    const cursor = this.cursor(message.groupId);
    const verdict = cursor.offer(message);
    if (verdict === "deliver") this.deliver(message);
    if (verdict !== "gap") return;
    cursor.hold(message);
    // While a resume is under way its answer decides: it brings both, or says that something is still missing.
    if (!this.#resuming.has(message.groupId)) this.want(message.groupId);
  }

  /** The user belongs to this group. Only one that was not known wants a resume: the others have had theirs. */
  discover(groupId: string): void {
    if (!this.#groups.has(groupId)) this.want(groupId);
  }

  /** A new connection missed everything until now. */
  wantAll(): void {
    this.#resuming.clear();
    for (const groupId of this.#groups.keys()) this.want(groupId);
  }

  /** The gateway missed something for this group, or for whichever when null. */
  missed(groupId: string | null): void {
    for (const missing of groupId === null ? this.#groups.keys() : [groupId]) this.want(missing);
  }

  want(groupId: string): void {
    this.cursor(groupId);
    this.#wanted.add(groupId);
    this.#wake();
  }

  /** Waits until groups want a resume, and takes up to `most`, the longest waiting first. Empty when the signal is aborted. */
  async takeWanted(most: number, signal: AbortSignal): Promise<ResumePosition[]> {
    while (this.#wanted.size === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    const taken = signal.aborted ? [] : [...this.#wanted].slice(0, most);
    return taken.map((groupId) => {
      this.#wanted.delete(groupId);
      this.#resuming.add(groupId);
      return { groupId, lastSequence: this.cursor(groupId).last };
    });
  }

  /** A resume of a group is over. */
  resumed(groupId: string, complete: boolean): GroupCursor {
    this.#resuming.delete(groupId);
    const cursor = this.cursor(groupId);
    if (complete) cursor.reported = undefined;
    return cursor;
  }

  /** Delivers the first message ahead of a gap across that gap, and those that follow it without another. False when none is kept. */
  deliverAhead(groupId: string): boolean {
    const cursor = this.cursor(groupId);
    let delivered = false;
    for (let next = cursor.firstAhead(); next && (!delivered || next.previousSequence <= cursor.last); next = cursor.firstAhead()) {
      if (!delivered) cursor.acceptGap();
      delivered = true;
      cursor.offer(next);
      this.deliver(next);
    }
    return delivered;
  }

  cursor(groupId: string): GroupCursor {
    let cursor = this.#groups.get(groupId);
    if (!cursor) this.#groups.set(groupId, (cursor = new GroupCursor()));
    return cursor;
  }
}
