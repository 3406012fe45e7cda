// Owner: the gateway's thread. What all decisions to permit of one kind of request have in common (docs/decisions/0046).
import type { Facts, Permit } from "../../law/index.ts";
import { type DecisionEntry, DecisionTemplate } from "../../ledger/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { decisionEntry, type DecisionRequest, type PermitRuling } from "../exchange/ruling.ts";

export interface DecisionPlan {
  /** What may be done, exactly as entries record it: an endpoint that does not fit into one is not used. */
  readonly permit: Permit;
  readonly allowed: DecisionEntry["allowed"];
  readonly classes: DecisionEntry["classes"];
  readonly entry: DecisionTemplate;
}

/** By the facts that the kind shares, and the permit for the model, which dies with its epoch and with its law's decision. */
const plans = new WeakMap<Facts, WeakMap<Permit, DecisionPlan>>();

/**
 * Work in the size of the permit, done once for each kind and model. INVARIANT: a decision's entry differs from another of
 * its plan in the members of a template alone, for all others are made of what the plan is found by.
 */
export function decisionPlan(
  exchange: Exchange,
  request: DecisionRequest,
  ruling: PermitRuling,
): DecisionPlan {
  const ofKind = plans.get(request.kind) ?? new WeakMap<Permit, DecisionPlan>();
  const known = ofKind.get(ruling.permit);
  if (known !== undefined) return known;
  const sample = decisionEntry(exchange, request, ruling);
  const { allowed, classes } = sample;
  const plan = {
    permit: recordedPermit(ruling.permit, sample),
    allowed,
    classes,
    entry: new DecisionTemplate(sample),
  };
  plans.set(request.kind, ofKind.set(ruling.permit, plan));
  return plan;
}

function recordedPermit(permit: Permit, { allowed }: DecisionEntry): Permit {
  if (allowed.length === permit.terms.endpoints.length) return permit;
  const ids = new Set(allowed.map(({ endpoint }) => endpoint));
  return permit.narrow(({ id }) => ids.has(id));
}
