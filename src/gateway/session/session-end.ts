// Owner: the session. What is said to it from outside: why it ends though neither of its ends wants that.

/** Who tells both ends. */
interface Told {
  fail(reason: Error): void;
  tellDraining(): void;
}

/** The first reason stands, also where nobody was there yet to be told. */
export class SessionEnd {
  #reason: Error | null = null;
  #told: Told | null = null;

  fail(reason: Error): void {
    this.#reason ??= reason;
    this.#told?.fail(this.#reason);
  }

  tellDraining(): void {
    this.#told?.tellDraining();
  }

  throwIfOver(): void {
    if (this.#reason) throw this.#reason;
  }

  isToldTo(told: Told): void {
    this.#told = told;
    if (this.#reason) told.fail(this.#reason);
  }
}
