import { ChatError } from "../errors.js";
import { groupsPerResume, type ResumePosition, type ResumeResult } from "../protocol.js";
import { FullJitter, type Timing } from "../timing.js";
import type { Inbox } from "./inbox.js";

/** Missed messages that cannot be had: told once. With `position_beyond_newest` the group is read again from its first message. */
export interface GapReport {
  readonly groupId: string;
  /** Everything up to this sequence was delivered; what is missing starts above it. */
  readonly afterSequence: number;
  /** A code of docs/protocol.md, or `not_replayed`: the service says that it replayed all, yet an announced message never came. */
  readonly code: string;
}

/** A service that says "complete" without bringing what it announced is asked again this often before the gap is told. */
const attemptsWithoutProgress = 3;

/**
 * Resumes groups on one connection as long as any wants it: everything missed is replayed, or the gap is told. SignalR hands out what was
 * replayed before the answer to the call, so an answer may be judged as soon as it is there.
 */
export class ResumeLoop {
  readonly #withoutProgress = new Map<string, number>();
  readonly #delays = new Map<string, FullJitter>();

  constructor(
    private readonly inbox: Inbox,
    private readonly resume: (positions: ResumePosition[]) => Promise<ResumeResult[]>,
    private readonly tell: (gap: GapReport) => void,
    private readonly timing: Timing,
  ) {}

  /** Runs until the connection ends. Rejects when the connection must be given up. */
  async run(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const positions = await this.inbox.takeWanted(groupsPerResume, ended);
      if (positions.length === 0) continue;
      const results = await this.#ask(positions);
      positions.forEach((position, index) => this.#judge(position, results[index]!, ended));
    }
  }

  async #ask(positions: ResumePosition[]): Promise<ResumeResult[]> {
    try {
      return await this.resume(positions);
    } catch (failure) {
      if (!(failure instanceof ChatError) || failure.code === "connection_lost" || failure.code === "timeout") throw failure;
      // Nothing was replayed for any of them, for one reason.
      return positions.map((position) => ({ ...position, complete: false, replayed: 0, code: failure.code }));
    }
  }

  #judge(asked: ResumePosition, { complete, code }: ResumeResult, ended: AbortSignal): void {
    const groupId = asked.groupId;
    const cursor = this.inbox.resumed(groupId, complete);
    if (code === "position_beyond_newest") {
      this.tell({ groupId, afterSequence: cursor.last, code });
      cursor.startAgain();
      this.inbox.want(groupId);
    } else if (!complete && code !== "more_to_replay") {
      this.#incomplete(groupId, code ?? "internal", ended);
    } else {
      this.#delays.delete(groupId);
      const attempts = cursor.last > asked.lastSequence ? 0 : (this.#withoutProgress.get(groupId) ?? 0) + 1;
      this.#withoutProgress.delete(groupId);
      if (complete && !cursor.isBehind) return;
      if (attempts >= attemptsWithoutProgress) return this.#giveUp(groupId, "not_replayed");
      this.#withoutProgress.set(groupId, attempts);
      this.inbox.want(groupId);
    }
  }

  #incomplete(groupId: string, code: string, ended: AbortSignal): void {
    if (!new ChatError(code, code).isTransient) return this.#giveUp(groupId, code);
    const delay = this.#delays.get(groupId) ?? FullJitter.forCalls(this.timing.random);
    this.#delays.set(groupId, delay);
    void this.timing.sleep(delay.next(), ended).then(() => ended.aborted || this.inbox.want(groupId));
  }

  // Once per gap, with what came ahead of it.
  #giveUp(groupId: string, code: string): void {
    const cursor = this.inbox.cursor(groupId);
    do {
      const after = cursor.last;
      if (cursor.reported?.code !== code || cursor.reported.after !== after) this.tell({ groupId, afterSequence: after, code });
      cursor.reported = { code, after };
    } while (this.inbox.deliverAhead(groupId) && cursor.firstAhead());

    // Who hears of a group again has joined it again, and then what was missed since can be had.
    if (code !== "not_a_member") cursor.acceptGap();
  }
}
