// Owner: the thread whose listener it is. One timer for all connections of a listener.

/** INVARIANT: `dueAt` is a pass of the timer, or {@link never}. */
export interface Due {
  readonly dueAt: number;
  /** It was due, and has another `dueAt` when this returns. */
  onDue(): void;
}

/** A small integer, which no connection needs memory of its own for: six years of passes. */
export const never: number = 2 ** 30 - 1;

const longestPassMs = 1_000;

/**
 * Counts passes of a timer, not time: a process that was held up for a while does not blame its callers for it. What is
 * due in a while is so at that time at the earliest, and a pass later at the latest.
 *
 * The thread's `Deadlines` (clock) would look at all of 10,000 idle connections whenever one of them may be due: 15 times
 * the processor time.
 */
export class PassTimer {
  readonly #passMs: number;
  readonly #timer: NodeJS.Timeout;
  #passes = 0;

  constructor(shortestMs: number, all: Iterable<Due>) {
    this.#passMs = Math.max(1, Math.min(longestPassMs, shortestMs));
    this.#timer = setInterval(() => this.#pass(all), this.#passMs).unref();
  }

  after(durationMs: number): number {
    return this.#passes + Math.ceil(durationMs / this.#passMs) + 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #pass(all: Iterable<Due>): void {
    this.#passes++;
    for (const each of all) if (each.dueAt <= this.#passes) each.onDue();
  }
}
