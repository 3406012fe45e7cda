/** Acts that must not run beside each other: each begins when the one before it is over, however that ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Whoever takes a turn hears how it ended. */
  take<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when every turn that was taken so far is over; never rejects. */
  async over(): Promise<void> {
    await this.#last;
  }
}
