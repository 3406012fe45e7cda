// Where an answer was computed, against where it was allowed to be.
import { countryOf, type EndpointId, includesPlace, type Place, type RequestId } from "../../base/index.ts";
import { evidenceClasses } from "../../law/index.ts";
import type { Evidence, UpstreamAnswer } from "../../providers/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";

export interface Shown {
  readonly attempt: OpenAttempt;
  readonly headers: UpstreamAnswer["headers"];
  /** The parsed answer or latest event; null before there is one. */
  readonly body: unknown;
  /** Nothing further will come that could be better evidence. */
  readonly isFinal: boolean;
}

/** `elsewhere`: outside what is permitted. `too_weak`: in the end, weaker than the strictest regime asks for. */
export type EvidenceFault = "elsewhere" | "too_weak";

/**
 * Looks at what the answer shows so far and notes it in the attempt. A violation and the quarantine of
 * the endpoint are on record, and the alarm is raised, before this resolves.
 */
export async function checkEvidence(
  exchange: Exchange,
  decision: OpenDecision,
  { attempt, headers, body, isFinal }: Shown,
): Promise<EvidenceFault | null> {
  const { cell, inForce } = exchange;
  const evidence = inForce.upstreams.evidence(attempt.endpoint.id, headers, body);
  attempt.noteEvidence(evidence, cell.now());
  if (isElsewhere(evidence, attempt.endpoint.computes)) {
    await raiseViolation(exchange, decision, { attempt, evidence });
    return "elsewhere";
  }
  const isTooWeak = isFinal && rank(evidence.evidenceClass) < rank(decision.permit.terms.evidenceMin);
  return isTooWeak ? "too_weak" : null;
}

/** A country that holds a permitted subdivision is coarse evidence, not contrary evidence. */
function isElsewhere(evidence: Evidence, permitted: readonly Place[]): boolean {
  // Asked of every event of a stream: mostly the very place that is permitted is shown.
  const agrees = (place: Place): boolean =>
    permitted.includes(place) ||
    includesPlace(new Set(permitted), place) ||
    permitted.some((allowed) => countryOf(allowed) === place);
  return evidence.isElsewhere || !evidence.places.every(agrees);
}

async function raiseViolation(
  { cell, arrival }: Exchange,
  decision: OpenDecision,
  { attempt, evidence }: { readonly attempt: OpenAttempt; readonly evidence: Evidence },
): Promise<void> {
  const { id, computes } = attempt.endpoint;
  // First out of service, then the record: a slow disk must not let another request there.
  cell.pool.signal(id, { kind: "violation" });
  cell.alarm("violation");
  try {
    const entry = await decision.violation({
      endpoint: id,
      claimed: computes,
      evidenced: evidence.places,
      evidence: evidence.evidenceClass,
    });
    cell.log({
      event: "violation",
      cell: cell.cell,
      request: arrival.id,
      endpoint: id,
      evidence: evidence.evidenceClass,
      entry: entry.index,
    });
  } finally {
    // Also where no log has the decision open any more: the request outlived its month, and the quarantine must not.
    await recordQuarantine(cell, id, arrival.id);
  }
}

/**
 * One for each violation, also of an endpoint that is in quarantine: a release that comes in between would end both. If
 * we crash before the entry is durable, nothing of the answer was released, and the next start knows of no quarantine.
 */
async function recordQuarantine(cell: CellServices, endpoint: EndpointId, rid: RequestId): Promise<void> {
  const entry = { ...stamp(cell), t: "quarantine" as const, endpoint, rid };
  await append(cell, entry, { kind: "endpoint" });
  cell.endpointQuarantined({ endpoint, sinceMs: entry.ts, rid });
}

function rank(evidenceClass: Evidence["evidenceClass"]): number {
  return evidenceClasses.indexOf(evidenceClass);
}
