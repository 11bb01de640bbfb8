/** What goes over the wire, by the names of docs/protocol.md. */

/** A message of a group. Sequences in a group are 1, 2, 3 … on every device and in history. */
export interface ChatMessage {
  readonly groupId: string;
  readonly sequence: number;
  /** The sequence of the message before it that this user may see. */
  readonly previousSequence: number;
  readonly messageId: string;
  readonly senderId: string;
  readonly clientMessageId: string;
  readonly body: string;
  /** Unix time in milliseconds. */
  readonly sentAt: number;
  readonly membershipVersion: number;
}

/** An accepted send that was refused afterwards: nobody got it, nobody ever will. */
export interface MessageRejection {
  readonly groupId: string;
  readonly clientMessageId: string;
  readonly code: string;
}

/** A gateway accepted a send: it will be delivered or rejected, never lost. */
export interface SendReceipt {
  readonly clientMessageId: string;
  readonly acceptedAt: number;
}

export interface ResumePosition {
  readonly groupId: string;
  readonly lastSequence: number;
}

export interface ResumeResult extends ResumePosition {
  readonly complete: boolean;
  readonly replayed: number;
  readonly code?: string | null;
}

/** What became of a send: `unknown` is not decided yet, never accepted, or more than 7 days ago. */
export interface SendOutcome {
  readonly clientMessageId: string;
  readonly outcome: "delivered" | "rejected" | "unknown";
  readonly sequence?: number | null;
  readonly code?: string | null;
}

export interface HistoryPage {
  readonly messages: readonly ChatMessage[];
  readonly endOfHistory: boolean;
}

/** Limits of one call. */
export const groupsPerResume = 1_000;
export const outcomesPerCall = 100;
export const messagesPerPage = 500;
