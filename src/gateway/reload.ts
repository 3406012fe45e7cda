// A new policy for a running cell: in force for every request that is decided from then on, or not at all.
import { isDeepStrictEqual } from "node:util";
import type { Policy } from "../config/index.ts";
import { type CellContext, insidersOf, type PolicyRefusal } from "./cell-context.ts";
import { createKeyRing } from "./key-ring.ts";
import { enact } from "./legal-events.ts";
import { openTokenVerifier } from "./token-verifier.ts";

/**
 * Takes `policy` up, or says why the last good one stays; null stands for a file that cannot be used. INVARIANT: law,
 * keys and tenants change in one turn of the event loop, so no request meets half of it; a request that was decided
 * before and not yet sent is not sent, because its permit names another policy.
 */
export async function reload(cell: CellContext, policy: Policy | null): Promise<PolicyRefusal | null> {
  const refusal = policy === null ? "unusable" : await takeUp(cell, policy);
  cell.life.policyRefusal = refusal;
  cell.meters.policyRefused(refusal !== null);
  if (refusal !== null) cell.log({ event: "policy_refused", cell: cell.cell, refusal });
  else cell.log({ event: "policy_loaded", cell: cell.cell, policy: cell.policy.law.hash });
  return refusal;
}

async function takeUp(cell: CellContext, policy: Policy): Promise<PolicyRefusal | null> {
  if (!isDeepStrictEqual(fixedOf(cell, policy), fixedOf(cell, cell.policy))) return "restart_needed";
  const tokens = await openTokenVerifier(policy.tenants.values()).catch(() => null);
  if (tokens === null) return "unusable";
  cell.tokens = tokens;
  cell.keys = createKeyRing(policy.tenants.values());
  cell.insiders = insidersOf(policy, cell.here);
  cell.filedLaw = policy.law;
  cell.policy = policy;
  enact(cell);
  return null;
}

/** What is fixed when a cell starts: the log's name, the cell's own place and operator, its lines to engines, and whose legal events count. */
function fixedOf({ cell }: CellContext, { deployment, law, endpoints, eventKeys }: Policy): unknown {
  return {
    deployment,
    eventKeys,
    here: law.cells.find(({ id }) => id === cell),
    lines: Array.from(endpoints.values()).filter((endpoint) => endpoint.cell === cell),
  };
}
