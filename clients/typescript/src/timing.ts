/** The clock and the dice; tests replace them. */
export interface Timing {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after the time, or at once when the signal is aborted. Never rejects. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export const systemTiming: Timing = {
  random: Math.random,
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
    }),
};

/**
 * Full jitter: a uniformly random pause below a bound that doubles, so that the clients of a lost gateway do not return all at once
 * (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export class FullJitter {
  #attempts = 0;

  constructor(
    private readonly first: number,
    private readonly most: number,
    private readonly random: () => number,
  ) {}

  /** 0–5 s for the first return, growing to 0–30 s. */
  static forConnections = (random: () => number) => new FullJitter(5_000, 30_000, random);

  /** 0–200 ms for the first retry of a call, growing to 0–5 s. */
  static forCalls = (random: () => number) => new FullJitter(200, 5_000, random);

  /** The next pause in milliseconds. */
  next(): number {
    return this.random() * Math.min(this.most, this.first * 2 ** Math.min(this.#attempts++, 20));
  }

  /** It worked: the next failure starts from the first bound. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** The promise, or a rejection with the signal's reason when that is aborted first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
