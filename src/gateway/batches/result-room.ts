// Owner: the run of the batch.

/** Before so many lines it is looked up once: that goes through all that the tenant has on disk. */
const linesPerLook = 256;

/** How large the results of a batch may still become. Between two looks at the disk only they themselves count. */
export class ResultRoom {
  readonly #roomBytes: () => Promise<number>;
  readonly #resultBytes: () => number;
  #mostBytes = 0;
  #lineCount = 0;

  /** `roomBytes`: how much more the tenant may have now. `resultBytes`: how large the results are. */
  constructor(roomBytes: () => Promise<number>, resultBytes: () => number) {
    this.#roomBytes = roomBytes;
    this.#resultBytes = resultBytes;
  }

  /** Whether there is any for one more line. Where there seems to be none, it is looked up: others may have made some. */
  async isLeft(): Promise<boolean> {
    const isDue = this.#lineCount++ % linesPerLook === 0;
    if (isDue || this.#resultBytes() >= this.#mostBytes)
      this.#mostBytes = this.#resultBytes() + (await this.#roomBytes());
    return this.#resultBytes() < this.#mostBytes;
  }
}
