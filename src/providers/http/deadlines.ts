import { monotonicNow } from "../../clock/index.ts";

/** Something that has to happen by a time, or else. */
export interface Timed {
  /** `Infinity`: nothing has to. */
  readonly dueAtMs: number;
  onDue(): void;
}

/** Longer ones are looked at in between (`setTimeout` takes no more). */
const longestMs = 2 ** 30;

/**
 * One timer for many. It fires when the earliest may be due, looks at all, and is set anew: so to put a time off, which is
 * what nearly every call and every read does, costs a comparison.
 */
export class Deadlines {
  readonly #timed: Set<Timed> = new Set();
  #firesAtMs = Infinity;
  #timer: NodeJS.Timeout | undefined;

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.notice(timed);
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
    if (this.#timed.size === 0) this.#stop();
  }

  /** To be called when its time has become another one. */
  notice({ dueAtMs }: Timed): void {
    if (dueAtMs < this.#firesAtMs) this.#fireAt(dueAtMs);
  }

  #fireAt(atMs: number): void {
    this.#stop();
    this.#firesAtMs = atMs;
    // The sockets keep the process alive while there is something to wait for.
    const afterMs = Math.min(longestMs, Math.max(0, Math.ceil(atMs - monotonicNow())));
    this.#timer = setTimeout(() => this.#look(), afterMs).unref();
  }

  #look(): void {
    this.#stop();
    const now = monotonicNow();
    for (const timed of this.#timed) if (timed.dueAtMs <= now) timed.onDue();
    let earliestMs = Infinity;
    for (const { dueAtMs } of this.#timed) earliestMs = Math.min(earliestMs, dueAtMs);
    if (earliestMs < this.#firesAtMs) this.#fireAt(earliestMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#firesAtMs = Infinity;
  }
}
