// Decides how much of a growing text may be given out: nothing of what may yet turn out to be a stop text.
// Whoever opens it owns its state.

export class HeldText {
  readonly #stops: readonly string[];
  #held = "";
  #isStopped = false;

  /** None of them is empty. */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** A stop text was met; it and what comes after it are not given out. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** What may be given out now. */
  push(text: string): string {
    this.#held += text;
    const stopAt = this.#firstStop();
    this.#isStopped = stopAt !== null;
    return this.#take(stopAt ?? this.#held.length - this.#undecided());
  }

  /** The rest, when no more comes. */
  end(): string {
    return this.#take(this.#isStopped ? 0 : this.#held.length);
  }

  /**
   * Where the stop text begins that is complete first, and the longest of those that are complete together: whichever way
   * the text is cut, it is the same one.
   */
  #firstStop(): number | null {
    const found = this.#stops
      .map((stop) => ({ at: this.#held.indexOf(stop), length: stop.length }))
      .filter(({ at }) => at !== -1)
      .toSorted((one, other) => one.at + one.length - (other.at + other.length) || one.at - other.at);
    return found[0]?.at ?? null;
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }

  /** Length of the longest end of the text that is a beginning of a stop text. */
  #undecided(): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    let length = Math.min(longest, this.#held.length);
    while (length > 0 && !this.#isBeginning(this.#held.slice(-length))) length -= 1;
    return length;
  }

  #isBeginning(text: string): boolean {
    return this.#stops.some((stop) => stop.startsWith(text));
  }
}
