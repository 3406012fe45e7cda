// Owner: whichever thread holds it.

/** Somebody waits: whoever lets go has to wake them. */
const waited = 1 << 30;
/** What is done under a lock takes microseconds: most are free again before a thread could be put to sleep. */
const spins = 200;
const sleepMs = 20;
const mostSleeps = 100;

/**
 * One word of shared memory that one thread holds at a time, and that says which. INVARIANT: nobody awaits anything while
 * holding it. The lock of a thread that died is freed by whoever saw it die (`freeIfOf`).
 */
export class SharedLock {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #self: number;

  constructor(words: Int32Array, at: number, thread: number) {
    this.#words = words;
    this.#at = at;
    this.#self = holderOf(thread);
  }

  /** Throws where the holder does not go on: a thread that waited for ever would serve nobody. */
  acquire(): void {
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.compareExchange(this.#words, this.#at, 0, this.#self) === 0) return;
    }
    for (let sleep = 0; sleep < mostSleeps; sleep++) {
      // There may be others that sleep, so whoever takes it now wakes one of them in the end.
      const holder = Atomics.compareExchange(this.#words, this.#at, 0, this.#self | waited);
      if (holder === 0) return;
      Atomics.compareExchange(this.#words, this.#at, holder, holder | waited);
      Atomics.wait(this.#words, this.#at, holder | waited, sleepMs);
    }
    throw new Error("the limits' record is locked by a thread that does not go on");
  }

  release(): void {
    if ((Atomics.exchange(this.#words, this.#at, 0) & waited) !== 0) Atomics.notify(this.#words, this.#at, 1);
  }

  /** To be called once that thread cannot run any more. */
  freeIfOf(thread: number): void {
    if ((Atomics.load(this.#words, this.#at) & ~waited) === holderOf(thread)) this.release();
  }
}

/** 0 is nobody, and the control thread's number is -1. */
function holderOf(thread: number): number {
  return thread + 2;
}
