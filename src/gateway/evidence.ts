// Where an answer was computed, against where it was allowed to be.
import { countryOf, includesPlace, type Place } from "../base/index.ts";
import type { Model } from "../config/index.ts";
import { evidenceClasses, type PermittedEndpoint } from "../law/index.ts";
import type { Evidence, UpstreamAnswer } from "../providers/index.ts";
import type { Docket } from "./docket.ts";
import type { Exchange } from "./exchange.ts";

export interface Observed {
  readonly endpoint: PermittedEndpoint;
  readonly model: Model;
  readonly headers: UpstreamAnswer["headers"];
  /** The parsed answer or latest chunk; null before there is one. */
  readonly body: unknown;
  /** Nothing further will come that could be better evidence. */
  readonly isFinal: boolean;
}

/** `elsewhere`: outside what is permitted. `too_weak`: in the end, weaker than the strictest regime asks for. */
export type EvidenceFault = "elsewhere" | "too_weak";

/**
 * Looks at what the answer shows so far and notes it in the exchange. A violation is recorded, raises the alarm and
 * quarantines the endpoint before this resolves.
 */
export async function checkEvidence(
  exchange: Exchange,
  docket: Docket,
  observed: Observed,
): Promise<EvidenceFault | null> {
  const { endpoint, model, headers, body, isFinal } = observed;
  const evidence = exchange.cell.upstreams.evidence(endpoint.id, headers, body);
  note(exchange, { endpoint, model, evidence });
  if (isElsewhere(evidence, endpoint.computes)) {
    await raiseViolation(exchange, docket, { endpoint, evidence });
    return "elsewhere";
  }
  const isTooWeak = isFinal && rank(evidence.evidenceClass) < rank(docket.permit.terms.evidenceMin);
  return isTooWeak ? "too_weak" : null;
}

/** For an attempt that failed: what it showed is not where the answer comes from. */
export function forgetEvidence({ receipt, progress }: Exchange): void {
  Object.assign(receipt, { endpoint: null, places: [], evidence: null });
  progress.executed = null;
}

interface Notable {
  readonly endpoint: PermittedEndpoint;
  readonly model: Model;
  readonly evidence: Evidence;
}

function note({ receipt, progress }: Exchange, { endpoint, model, evidence }: Notable): void {
  const { id, computes } = endpoint;
  const { places, evidenceClass } = evidence;
  receipt.endpoint = id;
  receipt.places = places.length > 0 ? places : computes;
  receipt.evidence = evidenceClass;
  progress.executed = {
    endpoint: id,
    claimed: computes,
    evidenced: places,
    evidence: evidenceClass,
    model: loggableModel(model.servedBy.get(id)),
  };
}

/** A policy may call an upstream's model by any text; the ledger takes names only. */
function loggableModel(name: string | undefined): string | null {
  return name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/.test(name) ? name : null;
}

/** A country that holds a permitted subdivision is coarse evidence, not contrary evidence. */
function isElsewhere(evidence: Evidence, permitted: readonly Place[]): boolean {
  const set = new Set(permitted);
  const agrees = (place: Place): boolean =>
    includesPlace(set, place) || permitted.some((allowed) => countryOf(allowed) === place);
  return evidence.isElsewhere || !evidence.places.every(agrees);
}

async function raiseViolation(
  { cell, arrival }: Exchange,
  docket: Docket,
  { endpoint, evidence }: { readonly endpoint: PermittedEndpoint; readonly evidence: Evidence },
): Promise<void> {
  const { id, computes } = endpoint;
  // First out of service, then the record: a slow disk must not let another request there.
  cell.pool.signal(id, { kind: "violation" });
  cell.meters.alarm("violation");
  cell.log({ event: "alarm", cell: cell.cell, alarm: "violation" });
  const entry = await docket.violation({
    endpoint: id,
    claimed: computes,
    evidenced: evidence.places,
    evidence: evidence.evidenceClass,
  });
  const { id: request } = arrival;
  cell.log({
    event: "violation",
    cell: cell.cell,
    request,
    endpoint: id,
    evidence: evidence.evidenceClass,
    entry: entry.index,
  });
}

function rank(evidenceClass: Evidence["evidenceClass"]): number {
  return evidenceClasses.indexOf(evidenceClass);
}
