// Whoever opens it owns its state.

/** Work on one name is done one piece at a time, in the order of asking; work on different names side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(name) ?? Promise.resolve();
    // What failed before us concerns whoever asked for it.
    const turn = before.then(work, work);
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
