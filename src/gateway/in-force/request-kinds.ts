// Owner: the gateway's thread. Requests that say the same of their subject are of one kind: what a rule may look at is one
// value for all of them, by which whatever was worked out for the first is found again for the others.
import type { Facts } from "../../law/index.ts";

/** A policy has some credentials and signals in use; who sends ever new ones is only remembered for a shorter while. */
const maxKinds = 1_024;
/** Beyond it nothing is remembered: a caller's text may be as long as its headers may. */
const maxSaidLength = 1_024;

/** There is one for each epoch. INVARIANT: the kinds, and all that hangs on them, take no more memory whatever callers say. */
export class RequestKinds {
  readonly #facts = new Map<string, Facts>();

  /** `said` is everything that `factsOf` looks at, beside what is in force. What it throws is not remembered. */
  factsOf(said: string, factsOf: () => Facts): Facts {
    const known = this.#facts.get(said);
    if (known !== undefined) return known;
    const facts = factsOf();
    if (said.length > maxSaidLength) return facts;
    if (this.#facts.size >= maxKinds) this.#facts.clear();
    this.#facts.set(said, facts);
    return facts;
  }

  get size(): number {
    return this.#facts.size;
  }
}
