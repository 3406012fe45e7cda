import type { RequestId } from "../base/index.ts";
import type { Entry } from "../ledger/index.ts";
import type { Pairing } from "./ledger.ts";

/** Permits whose outcome is still to come, with the index of their decision, in the order of the log. */
export type OpenDecisions = ReadonlyMap<RequestId, number>;

/** What the entry says about itself; a replay has nobody else to ask. */
export function pairingOf(entry: Entry): Pairing {
  if (entry.t === "outcome") return { kind: "closes", rid: entry.rid };
  if (entry.t === "transfer" || entry.t === "import" || entry.t === "violation") {
    return { kind: "within", rid: entry.rid };
  }
  const isPermit = entry.t === "decision" && entry.verdict === "permit";
  return isPermit ? { kind: "opens", rid: entry.rid } : { kind: "none" };
}

export function settle(open: Map<RequestId, number>, pairing: Pairing, index: number): void {
  if (pairing.kind === "opens") open.set(pairing.rid, index);
  if (pairing.kind === "closes") open.delete(pairing.rid);
}
