// Decides how much of a growing text may be given out: nothing of what may yet turn out to be a stop text.

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
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at !== -1);
    this.#isStopped = found.length > 0;
    return this.#take(this.#isStopped ? Math.min(...found) : this.#held.length - this.#undecided());
  }

  /** The rest, when no more comes. */
  end(): string {
    return this.#take(this.#isStopped ? 0 : this.#held.length);
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
