import { isDeepStrictEqual } from "node:util";
import type { PermittedEndpoint } from "../../law/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { SessionRequest } from "./session-request.ts";

/**
 * Whether the session would have begun by the policy of now as it did by its own: the same words of its tenant, its model and its
 * endpoint, and the same grounds. What else a reload changes is nothing to it.
 */
export function stands(
  { cell, inForce }: Exchange,
  { caller, model, facts }: SessionRequest,
  endpoint: PermittedEndpoint,
): boolean {
  const { current } = cell.inForce;
  const { id } = endpoint;
  if (current.filed === inForce.filed) return true;
  const [before, after] = [inForce.policy, current.policy];
  const isSame =
    isDeepStrictEqual(after.tenants.get(caller.tenant.id), caller.tenant) &&
    isDeepStrictEqual(after.models.get(model.alias), model) &&
    isDeepStrictEqual(after.endpoints.get(id), before.endpoints.get(id));
  if (!isSame) return false;
  const decision = current.decider.decide(facts, cell.now());
  if (decision.kind === "refusal" || !decision.cells.includes(cell.cell)) return false;
  const present = decision.permit.endpoint(id);
  return (
    present !== undefined &&
    isDeepStrictEqual(present.grounds, endpoint.grounds) &&
    isDeepStrictEqual(present.computes, endpoint.computes)
  );
}
