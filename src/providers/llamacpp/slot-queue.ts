// A fixed number of slots, handed out in the order in which they were asked for. Whoever opens it owns its state.

export class SlotQueue<Slot> {
  readonly #free: Slot[];
  readonly #waiting: Set<(slot: Slot) => void> = new Set();
  readonly #maxWaiting: number;

  constructor(slots: readonly Slot[], maxWaiting: number) {
    this.#free = Array.from(slots);
    this.#maxWaiting = maxWaiting;
  }

  get isFull(): boolean {
    return this.#free.length === 0 && this.#waiting.size >= this.#maxWaiting;
  }

  /** The caller gives the slot back by `release`. Rejects with the signal's reason; then no slot is taken. */
  async acquire(signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    const slot = this.#free.pop();
    return slot === undefined ? this.#wait(signal) : slot;
  }

  release(slot: Slot): void {
    const [first] = this.#waiting;
    if (first) first(slot);
    else this.#free.push(slot);
  }

  #wait(signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      const take = (slot: Slot): void => {
        this.#waiting.delete(take);
        signal.removeEventListener("abort", leave);
        resolve(slot);
      };
      this.#waiting.add(take);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
