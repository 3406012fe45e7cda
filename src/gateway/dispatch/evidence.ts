// Where an answer was computed, against where it was allowed to be.
import { agreesWith, type EndpointId, type Place, type RequestId } from "../../base/index.ts";
import { evidenceClasses } from "../../law/index.ts";
import type { AnswerHeaders, Evidence } from "../../providers/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";

export interface Shown {
  readonly attempt: OpenAttempt;
  readonly headers: AnswerHeaders;
  /** The parsed answer or latest event; null before there is one. */
  readonly body: unknown;
  /** Nothing further will come that could be better evidence. */
  readonly isFinal: boolean;
}

/** `elsewhere`: outside what is permitted. `too_weak`: in the end, weaker than the strictest regime asks for. */
export type EvidenceFault = "elsewhere" | "too_weak";

/** What the answer shows forbids to release it. INVARIANT: {@link recordViolation} hears of it before anybody else does. */
export class EvidenceError extends Error {
  readonly fault: EvidenceFault;
  readonly attempt: OpenAttempt;
  readonly evidence: Evidence;

  constructor(fault: EvidenceFault, attempt: OpenAttempt, evidence: Evidence) {
    super(`the answer's evidence is ${fault}`);
    this.name = "EvidenceError";
    this.fault = fault;
    this.attempt = attempt;
    this.evidence = evidence;
  }
}

/**
 * Looks at what the answer shows so far and notes it in the attempt. Throws {@link EvidenceError}; an endpoint that answers
 * from elsewhere is out of service then.
 */
export function requireEvidence(
  { cell, inForce }: Exchange,
  { permit }: OpenDecision,
  { attempt, headers, body, isFinal }: Shown,
): void {
  const { id, computes } = attempt.endpoint;
  const shown = inForce.upstreams.evidence(id, headers, body);
  attempt.noteEvidence(shown, cell.now());
  const evidence = attempt.evidence ?? shown;
  if (isElsewhere(evidence, computes)) {
    // First out of service, then the record: a slow disk must not let another request there.
    cell.pool.signal(id, { kind: "violation" });
    cell.alarm("violation");
    throw new EvidenceError("elsewhere", attempt, evidence);
  }
  if (isFinal && rank(evidence.evidenceClass) < rank(permit.terms.evidenceMin))
    throw new EvidenceError("too_weak", attempt, evidence);
}

function isElsewhere({ isElsewhere: isStated, places }: Evidence, permitted: readonly Place[]): boolean {
  for (const place of places) if (!agrees(place, permitted)) return true;
  return isStated;
}

/** Asked of every event of a stream. Mostly the very place that is permitted is shown: 20 ns, where a set costs 100 to 250. */
function agrees(place: Place, permitted: readonly Place[]): boolean {
  return permitted.includes(place) || agreesWith(new Set(permitted), place);
}

/**
 * For what ended an answer: where it is evidence of elsewhere, the violation and the quarantine of the endpoint are on record
 * when this resolves.
 */
export async function recordViolation(
  { cell, arrival }: Exchange,
  decision: OpenDecision,
  cause: unknown,
): Promise<void> {
  if (!(cause instanceof EvidenceError) || cause.fault !== "elsewhere") return;
  const { attempt, evidence } = cause;
  const { id, computes } = attempt.endpoint;
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
