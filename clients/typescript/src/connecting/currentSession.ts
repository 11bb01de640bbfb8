import type { Session } from "./session.js";
import { orAborted } from "../timing.js";

/** The connection of this moment, for calls that wait for one. */
export class CurrentSession {
  #session: Session | undefined;
  #waiting: { resolve: (session: Session) => void; reject: (error: unknown) => void }[] = [];
  #ended: { error: unknown } | undefined;

  /** The connection, or the next one. Rejects when the client has ended, or the signal is aborted. */
  get(signal?: AbortSignal): Promise<Session> {
    if (this.#ended) return Promise.reject(this.#ended.error);
    if (this.#session && !this.#session.ended.aborted) return Promise.resolve(this.#session);
    return orAborted(new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })), signal);
  }

  begin(session: Session): void {
    this.#session = session;
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(session);
  }

  leave(): void {
    this.#session?.leave();
  }

  end(error: unknown): void {
    this.#ended ??= { error };
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#ended.error);
  }
}
