const transient = new Set(["rate_limited", "too_many_connections", "overloaded", "unavailable", "internal", "connection_lost", "timeout"]);

/** A refusal or a failure, with a code of docs/protocol.md to decide by. */
export class ChatError extends Error {
  override readonly name = "ChatError";

  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** True when the same attempt may succeed later. */
  get isTransient(): boolean {
    return transient.has(this.code);
  }
}

/**
 * Makes a ChatError of what a hub call failed with. The gateway writes `code: text`, and SignalR puts a sentence and `HubException: `
 * before it. Without that the call was not answered, or the service has a fault; both pass.
 */
export function errorOfCall(failure: unknown, ended: boolean): ChatError {
  if (failure instanceof ChatError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  const code = /HubException: ([a-z_]+)\s*(?::|$)/.exec(message)?.[1];
  return new ChatError(code ?? (ended ? "connection_lost" : "internal"), message, { cause: failure });
}
