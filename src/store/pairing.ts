import type { RequestId } from "../base/index.ts";
import type { Entry } from "../ledger/index.ts";
import type { Pairing } from "./ledger.ts";

/** Permits whose outcome is still to come, with the index of their decision, in the order of the log. */
export type OpenDecisions = ReadonlyMap<RequestId, number>;

/** What an entry does to its log. `ends`: it is the last one, and only the store itself writes it. */
export type Effect = Pairing | { readonly kind: "ends" };

/** What the entry says about itself; a replay has nobody else to ask. */
export function effectOf(entry: Entry): Effect {
  if (entry.t === "closed") return { kind: "ends" };
  if (entry.t === "outcome") return { kind: "closes", rid: entry.rid };
  if (entry.t === "transfer" || entry.t === "import" || entry.t === "violation") {
    return { kind: "within", rid: entry.rid };
  }
  const isPermit = entry.t === "decision" && entry.verdict === "permit";
  return isPermit ? { kind: "opens", rid: entry.rid } : { kind: "none" };
}

/** What a log's entries so far leave to be done. */
export class Unsettled {
  readonly #open: Map<RequestId, number>;
  #isEnded: boolean;

  constructor(open: OpenDecisions = new Map(), isEnded = false) {
    this.#open = new Map(open);
    this.#isEnded = isEnded;
  }

  get open(): OpenDecisions {
    return this.#open;
  }

  /** Its last entry is `closed`: nothing may follow. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  settle(effect: Effect, index: number): void {
    if (effect.kind === "opens") this.#open.set(effect.rid, index);
    if (effect.kind === "closes") this.#open.delete(effect.rid);
    if (effect.kind === "ends") this.#isEnded = true;
  }
}
