// The ledger thread owns its state.
import type { EndpointId, RequestId } from "../../base/index.ts";
import type { Entry } from "../../ledger/index.ts";
import type { Pairing } from "./pairing-kind.ts";
import { type EndpointWords, laterWords, type Quarantine, wordIn } from "./quarantines.ts";

/** Permits whose outcome is still to come, with the index of their decision, in the order of the log. */
export type OpenDecisions = ReadonlyMap<RequestId, number>;

/** What an entry does to its log. `ends`: it is the last one, and only the store itself writes it. */
export type Effect = Pairing | { readonly kind: "ends" };

/** What the entry says about itself; a replay has nobody else to ask. */
export function effectOf(entry: Entry): Effect {
  if (entry.t === "closed") return { kind: "ends" };
  if (entry.t === "quarantine" || entry.t === "release") return { kind: "endpoint" };
  if (entry.t === "outcome") return { kind: "closes", rid: entry.rid };
  if (entry.t === "transfer" || entry.t === "import" || entry.t === "violation") {
    return { kind: "within", rid: entry.rid };
  }
  const isPermit = entry.t === "decision" && entry.verdict === "permit";
  return isPermit ? { kind: "opens", rid: entry.rid } : { kind: "none" };
}

interface SettledState {
  readonly open: OpenDecisions;
  readonly words: EndpointWords;
  readonly isEnded: boolean;
}

interface SettledRecord {
  readonly effect: Effect;
  readonly entry: Uint8Array;
}

/** What a log's entries so far leave to be done. INVARIANT: it is told of entries in order, once they are durable. */
export class Unsettled {
  readonly #open: Map<RequestId, number>;
  readonly #words: Map<EndpointId, Quarantine | null>;
  readonly #inherited: EndpointWords;
  #isEnded: boolean;

  /** `before` is what was sealed of it; `inherited`, what stood when the months before ended. */
  constructor(before: SettledState | null, inherited: EndpointWords) {
    this.#open = new Map(before?.open);
    this.#words = new Map(before?.words);
    this.#inherited = inherited;
    this.#isEnded = before?.isEnded ?? false;
  }

  get open(): OpenDecisions {
    return this.#open;
  }

  /** What this log itself says of endpoints. */
  get words(): EndpointWords {
    return this.#words;
  }

  /** Its last entry is `closed`: nothing may follow. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  settle({ effect, entry }: SettledRecord, index: number): void {
    if (effect.kind === "opens") this.#open.set(effect.rid, index);
    if (effect.kind === "closes") this.#open.delete(effect.rid);
    if (effect.kind === "ends") this.#isEnded = true;
    if (effect.kind === "endpoint")
      this.#words.set(...wordIn(entry, laterWords(this.#inherited, this.#words)));
  }
}
