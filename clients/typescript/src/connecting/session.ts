import { HttpTransportType, type HubConnection, HubConnectionBuilder, type ILogger, LogLevel } from "@microsoft/signalr";
import { ChatError, errorOfCall } from "../errors.js";
import type { Logger } from "../options.js";
import type { ChatMessage, MessageRejection } from "../protocol.js";
import { orAborted } from "../timing.js";

/** What arrives on a connection. Called one after another, in the order of arrival, and before the answers that came after it. */
export interface SessionHandlers {
  message(message: ChatMessage): void;
  rejected(rejection: MessageRejection): void;
  missed(groupId: string | null): void;
}

/** How a connection ended: the pause that a draining gateway asked for, or the error that says not to come back. */
export interface SessionEnd {
  readonly retryAfter?: number;
  readonly fault?: ChatError;
}

/** One connection to one gateway. It ends once, and then every call on it fails. */
export class Session {
  readonly #ended = new AbortController();
  #finish!: (end: SessionEnd) => void;
  readonly end = new Promise<SessionEnd>((resolve) => (this.#finish = resolve));

  private constructor(
    private readonly hub: HubConnection,
    private readonly timeout: number,
  ) {}

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  static async open(
    gateway: string,
    token: string,
    timeout: number,
    handlers: SessionHandlers,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<Session> {
    // A WebSocket without negotiation, or a balancer could send the two requests to different gateways.
    const hub = new HubConnectionBuilder()
      .withUrl(`${gateway.replace(/\/+$/, "")}/hubs/chat`, {
        accessTokenFactory: () => token,
        skipNegotiation: true,
        transport: HttpTransportType.WebSockets,
        logger: adapt(logger),
      })
      .configureLogging(adapt(logger))
      .build();
    const session = new Session(hub, timeout);
    session.#listen(handlers);
    try {
      await orAborted(orAborted(hub.start(), AbortSignal.timeout(timeout)), signal);
    } catch (failure) {
      void hub.stop().catch(() => {});
      throw failure;
    }
    return session;
  }

  /** Calls the hub. @throws ChatError with the gateway's code, `connection_lost` or `timeout`. */
  async call<T>(method: string, ...args: unknown[]): Promise<T> {
    if (this.ended.aborted) throw new ChatError("connection_lost", "The connection has ended.");
    const late = new ChatError("timeout", `No answer to ${method} in time.`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late), this.timeout)));
    try {
      return await orAborted(Promise.race([this.hub.invoke<T>(method, ...args), deadline]), this.ended);
    } catch (failure) {
      throw errorOfCall(failure, this.ended.aborted);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection; the first reason counts. */
  leave(end: SessionEnd = {}): void {
    if (this.ended.aborted) return;
    this.#finish(end);
    this.#ended.abort(new ChatError("connection_lost", "The connection was lost before the answer came."));
    void this.hub.stop().catch(() => {});
  }

  #listen(handlers: SessionHandlers): void {
    // A session that was left must not say anything: the next one resumes from where it stopped.
    const whileOpen =
      <T>(handle: (argument: T) => void) =>
      (argument: T) =>
        void (this.ended.aborted || handle(argument));
    this.hub.on(
      "MessageReceived",
      whileOpen((message: ChatMessage) => handlers.message(message)),
    );
    this.hub.on(
      "MessageRejected",
      whileOpen((rejection: MessageRejection) => handlers.rejected(rejection)),
    );
    this.hub.on(
      "MessagesMissed",
      whileOpen((groupId: string | null | undefined) => handlers.missed(groupId ?? null)),
    );
    this.hub.on("Draining", (milliseconds: number) => this.leave({ retryAfter: Math.min(Math.max(Number(milliseconds) || 0, 0), 60_000) }));
    this.hub.onclose((error) => this.leave(faultOf(error)));
  }
}

// Close codes after which coming back repeats the same fault of the client.
function faultOf(error: Error | undefined): SessionEnd {
  const fatal = /status code: (1007|1008)\b/.exec(error?.message ?? "");
  return fatal ? { fault: new ChatError(fatal[1] === "1008" ? "refused_calls" : "malformed_request", error!.message) } : {};
}

// SignalR names addresses with the token in them at its lower levels, so only warnings and errors pass.
function adapt(logger: Logger): ILogger {
  return {
    log(level, message) {
      if (level >= LogLevel.Warning) logger("debug", `SignalR: ${message.replace(/access_token=[^&\s]+/g, "access_token=…")}`);
    },
  };
}
