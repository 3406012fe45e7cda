import type { MonotonicClock } from "../base/index.ts";
import { monotonicNow } from "./clocks.ts";

/** Something that has to happen by a time, or else. */
export interface Timed {
  /** By the clock of its {@link Deadlines}. `Infinity`: nothing has to. */
  readonly dueAtMs: number;
  /** It was due. Unless its time is another one when this returns, it is told again. */
  onDue(): void;
}

/** How late it may become, at least: however many are due one after the other, they are looked at no more often. */
const coarseMs = 10;
/** Longer ones are looked at in between (`setTimeout` takes no more). */
const longestMs = 2 ** 30;

/**
 * One timer for many. It fires when the earliest may be due, looks at all, and is set anew: so to put a time off, which is
 * what nearly every call and every read does, costs a comparison.
 */
export class Deadlines {
  readonly #now: MonotonicClock;
  readonly #timed: Set<Timed> = new Set();
  #firesAtMs = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: MonotonicClock) {
    this.#now = now;
  }

  after(durationMs: number): number {
    return this.#now() + durationMs;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.notice(timed);
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  /** To be called when its time has become an earlier one. */
  notice({ dueAtMs }: Timed): void {
    if (dueAtMs < this.#firesAtMs) this.#fireAt(dueAtMs);
  }

  #fireAt(atMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    const afterMs = Math.min(longestMs, Math.max(coarseMs, Math.ceil(atMs - this.#now())));
    // Whoever waits keeps the process alive by what he waits for. After a process was held up, what has come meanwhile is
    // heard first: nobody is blamed for what was only not looked at.
    this.#timer = setTimeout(() => setImmediate(() => this.#look()), afterMs).unref();
  }

  #look(): void {
    this.#firesAtMs = Infinity;
    const now = this.#now();
    for (const timed of this.#timed) if (timed.dueAtMs <= now) timed.onDue();
    let earliestMs = Infinity;
    for (const { dueAtMs } of this.#timed) earliestMs = Math.min(earliestMs, dueAtMs);
    if (earliestMs < this.#firesAtMs) this.#fireAt(earliestMs);
  }
}

/** State of the thread: all that it waits for by the system's clock. */
export const deadlines: Deadlines = new Deadlines(monotonicNow);
