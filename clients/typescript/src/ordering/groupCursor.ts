import type { ChatMessage } from "../protocol.js";

/** So many messages ahead of a gap are kept; further ones show as gaps later. */
const mostAhead = 100;

/**
 * Up to where this client has seen one group: the chain rule and nothing else. Whatever arrives, in whatever order and however often,
 * the messages told to deliver ascend strictly, and each follows the one before it, except across a gap that acceptGap allowed.
 */
export class GroupCursor {
  #acceptGap = false;
  #highestAhead = 0;
  #ahead = new Map<number, ChatMessage>();
  /** The gap that was told last: why, and after which sequence. */
  reported: { code: string; after: number } | undefined;

  constructor(public last = 0) {}

  /** True while a message is known to exist that was not delivered. */
  get isBehind(): boolean {
    return this.#highestAhead > this.last;
  }

  /** Judges a message and, when it is next, moves past it. */
  offer({ previousSequence, sequence }: ChatMessage): "deliver" | "duplicate" | "gap" {
    if (sequence <= this.last) return "duplicate";
    if (previousSequence > this.last && !this.#acceptGap) {
      this.#highestAhead = Math.max(this.#highestAhead, sequence);
      return "gap";
    }
    this.#acceptGap = false;
    this.last = sequence;
    return "deliver";
  }

  /** Keeps a message ahead of a gap: it was meant for this user, who may be no member any more when what is before it is asked for. */
  hold(message: ChatMessage): void {
    if (this.#ahead.size < mostAhead) this.#ahead.set(message.sequence, message);
  }

  /** The first message that is ahead of the cursor. */
  firstAhead(): ChatMessage | undefined {
    let first: ChatMessage | undefined;
    for (const message of this.#ahead.values()) {
      if (message.sequence <= this.last) this.#ahead.delete(message.sequence);
      else if (!first || message.sequence < first.sequence) first = message;
    }
    return first;
  }

  /** The group has another history than before: starts again from its first message. */
  startAgain(): void {
    [this.last, this.#highestAhead, this.#acceptGap] = [0, 0, false];
    this.#ahead.clear();
  }

  /** Gives up what is missing: the next newer message is taken whatever comes before it. The caller has told the gap. */
  acceptGap(): void {
    this.#acceptGap = true;
    this.#highestAhead = 0;
  }
}
