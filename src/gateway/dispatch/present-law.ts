// Whether what was decided still holds, at the moment at which it is acted on (docs/decisions/0029).
import { isDeepStrictEqual } from "node:util";
import type { InstantMs } from "../../base/index.ts";
import type { Facts, Permit, PermittedEndpoint } from "../../law/index.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** The law took the endpoint away since the decision; the request is to be decided again. */
export class OvertakenError extends Error {
  constructor() {
    super("the law changed while the request was under way");
    this.name = "OvertakenError";
  }
}

export interface PresentLaw {
  /** Whether the endpoint is permitted now, and on the grounds that were recorded. Cheap while no event took effect. */
  stillPermits(endpoint: PermittedEndpoint): boolean;
  /** Aborts once `endpoint` is not permitted any more, until the function that is returned is called. */
  watch(endpoint: PermittedEndpoint, abort: (reason: OvertakenError) => void): () => void;
}

/** By the events of then, and up to its own end: a session asks for each of its own. */
interface KnownPermit {
  readonly permit: Permit;
  readonly eventsTaken: number;
  readonly fromMs: InstantMs;
}

/** The clock may have gone back to before it was decided: nothing is known of that time. */
function holds({ permit, fromMs }: KnownPermit, nowMs: InstantMs): boolean {
  const { expiresAtMs } = permit.terms;
  return fromMs <= nowMs && (expiresAtMs === null || nowMs < expiresAtMs);
}

/** The request's own policy, under the events that stand at each moment. What has run out by the clock, `send` knows. */
export function presentLaw(exchange: Exchange, facts: Facts): PresentLaw {
  const { cell } = exchange;
  const { inForce } = cell;
  const decidedAt = inForce.eventsTaken;
  let known: KnownPermit | null = null;
  const permitNow = (): Permit | null => {
    const { eventsTaken } = inForce;
    const nowMs = cell.now();
    if (known?.eventsTaken === eventsTaken && holds(known, nowMs)) return known.permit;
    const decision = inForce.underPresentEvents(exchange.inForce).decider.decide(facts, nowMs);
    if (decision.kind === "refusal" || !decision.cells.includes(cell.cell)) return null;
    known = { permit: decision.permit, eventsTaken, fromMs: nowMs };
    return known.permit;
  };
  const stillPermits = (endpoint: PermittedEndpoint): boolean => {
    if (inForce.eventsTaken === decidedAt) return true;
    const present = permitNow()?.endpoint(endpoint.id);
    return present !== undefined && isDeepStrictEqual(present.grounds, endpoint.grounds);
  };
  return {
    stillPermits,
    watch: (endpoint, abort) =>
      inForce.onEvents(() => {
        if (!stillPermits(endpoint)) abort(new OvertakenError());
      }),
  };
}
