import { parsePlace, type Place } from "../../base/index.ts";
import { claimed, keyClaims, requestFacts } from "../../config/index.ts";
import type { Claim, DataClass, Facts } from "../../law/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Caller } from "../key-ring.ts";
import { readSignals } from "../signal-list.ts";

/**
 * Where the subject is, by every claim beside the tenant's contract. Claims stand side by side and every regime that any
 * of them calls applies, so a claim of little trust can narrow what is lawful and can never widen it.
 */
export function locate(exchange: Exchange, { key }: Caller): readonly Claim<Place>[] {
  const fromHeader = readSignals(exchange, "bailiwick-jurisdiction", parsePlace);
  return [...keyClaims(key).subjects, ...claimed(fromHeader, "header")];
}

interface Claims {
  readonly places: readonly Claim<Place>[];
  readonly classes: readonly Claim<DataClass>[];
}

/** All facts of the request: what was claimed of it, and what the policy knows of its tenant. */
export function factsOf({ cell }: Exchange, { tenant }: Caller, { places, classes }: Claims): Facts {
  return requestFacts(tenant, { subjects: places, citizenships: [], classes }, cell.cell);
}
