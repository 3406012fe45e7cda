// Orders of courts and authorities among the facts of a request: what would be, did they stand.
import { fail, ok, type Result } from "../../base/index.ts";
import { type LegalTarget, legalTargetKinds, type Suspension } from "../../law/index.ts";
import { lookUp } from "../policy/look-up.ts";
import type { OrderDocument } from "../schema/facts-schema.ts";
import type { Policy } from "../values/policy.ts";

/** The orders, or why one of them is about nothing that the policy has. */
export function readOrders(
  policy: Policy,
  documents: readonly OrderDocument[],
): Result<readonly Suspension[], string> {
  const orders: Suspension[] = [];
  for (const [index, document] of documents.entries()) {
    const target = targetOf(policy, document);
    if (!target.ok) return target;
    const { reason, since = null, until = null } = document;
    const validity = { fromMs: since, untilMs: until };
    orders.push({ act: "suspend", id: `order-${index + 1}`, target: target.value, reason, validity });
  }
  return ok(orders);
}

function targetOf(policy: Policy, document: OrderDocument): Result<LegalTarget, string> {
  const kind = legalTargetKinds.find((each) => document[each] !== undefined);
  const name = kind && document[kind];
  if (kind === undefined || name === undefined) return fail("an order names what it is about");
  if (kind === "region") return ok({ kind, name });
  const found = lookUp(policy, kind === "group" ? "operator" : kind, name);
  return found.ok ? ok({ kind, name: found.value }) : found;
}
