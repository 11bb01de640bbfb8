import type { Logger } from "./options.js";

/** Typed events. A listener that throws is told to the logger and does not disturb the others, nor the connection. */
export class Events<Map extends object> {
  readonly #listeners = new Map<keyof Map, Set<(event: never) => void>>();

  constructor(private readonly logger: Logger) {}

  /** Adds a listener. The answer removes it; so does the signal. */
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {};
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A listener that is added twice is called twice, and removed one at a time.
    const entry = (event: Map[Name]) => listener(event);
    listeners.add(entry);
    const remove = () => {
      listeners.delete(entry);
      signal?.removeEventListener("abort", remove);
    };
    signal?.addEventListener("abort", remove, { once: true });
    return remove;
  }

  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])] as ((event: Map[Name]) => void)[]) {
      try {
        listener(event);
      } catch (fault) {
        this.logger("error", `A listener of "${String(name)}" failed.`, { fault });
      }
    }
  }
}
