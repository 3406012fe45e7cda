import type { CellId, InstantMs } from "../../../base/index.ts";
import { noClaims, type Policy, requestFacts, type Tenant } from "../../../config/index.ts";
import { createDecider, type Decider, type Permit } from "../../../law/index.ts";

/** A tenant whose requests for a model are refused now, whatever is up. Lawful to write, and hardly what was meant. */
export interface DeadEnd {
  /** Such as `tenants.demo-shop`. */
  readonly path: string;
  readonly message: string;
}

export function deadEnds(policy: Policy, nowMs: InstantMs): readonly DeadEnd[] {
  const decider = createDecider(policy.law);
  return Array.from(policy.tenants.values()).flatMap((tenant) =>
    deadEndsOf(tenant, policy, decider, nowMs).map((message) => ({ path: `tenants.${tenant.id}`, message })),
  );
}

function deadEndsOf(tenant: Tenant, policy: Policy, decider: Decider, nowMs: InstantMs): readonly string[] {
  const facts = requestFacts(tenant, noClaims, "" as CellId);
  const decision = decider.decide(facts, nowMs);
  if (decision.kind === "permit") return unserved(tenant, policy, decision.permit);
  const { kind, missing, blocks } = decision.refusal;
  const rules = Array.from(new Set(blocks.map(({ rule }) => rule))).join(", ");
  const reasons = [
    ...(rules === "" ? [] : [`blocked by ${rules}`]),
    ...missing.map((fact) => `not known: ${fact}`),
  ];
  return [
    `its requests are refused now (${[kind, ...reasons].join("; ")}); \`bailiwick explain\` shows the derivation`,
  ];
}

function unserved(tenant: Tenant, policy: Policy, permit: Permit): readonly string[] {
  return (tenant.models ?? Array.from(policy.models.keys()))
    .filter((alias) => {
      const servedBy = policy.models.get(alias)?.servedBy;
      return !permit.terms.endpoints.some(({ id }) => servedBy?.has(id));
    })
    .map((alias) => `no endpoint that serves model \`${alias}\` is lawful for it now`);
}
