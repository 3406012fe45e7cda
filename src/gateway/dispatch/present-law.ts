// Whether what was decided still holds, at the moment at which it is acted on (docs/decisions/0029).
import { isDeepStrictEqual } from "node:util";
import type { Facts, PermittedEndpoint } from "../../law/index.ts";
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

/** The request's own policy, under the events that stand at each moment. What has run out by the clock, `send` knows. */
export function presentLaw(exchange: Exchange, facts: Facts): PresentLaw {
  const { cell } = exchange;
  const { inForce } = cell;
  const decidedAt = inForce.eventsTaken;
  const stillPermits = (endpoint: PermittedEndpoint): boolean => {
    if (inForce.eventsTaken === decidedAt) return true;
    const { decider } = inForce.underPresentEvents(exchange.inForce);
    const decision = decider.decide(facts, cell.now());
    if (decision.kind === "refusal" || !decision.cells.includes(cell.cell)) return false;
    const present = decision.permit.endpoint(endpoint.id);
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
