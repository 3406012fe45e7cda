// What the policy does not say, and permits rest on: contracts with whoever runs a machine, and what an exporter is.
import type { CellId, InstantMs } from "../../../base/index.ts";
import { noClaims, type Policy, requestFacts, type Tenant } from "../../../config/index.ts";
import { explain, type Verdict } from "../../../law/index.ts";
import { listOf } from "../../terminal/quoted-list.ts";
import type { AnalysisFinding } from "./analysis-findings.ts";

export function assumptionFindings(policy: Policy, nowMs: InstantMs): readonly AnalysisFinding[] {
  const relied = [...policy.tenants.values()].map((tenant) => ({
    tenant,
    verdicts: reliedOn(policy, tenant, nowMs),
  }));
  return [
    ...contractsAssumed(
      policy,
      relied.flatMap(({ verdicts }) => verdicts),
    ),
    ...relied.flatMap(({ tenant, verdicts }) => roleAssumed(tenant, verdicts)),
  ];
}

/** A verdict, and the cell or endpoint that may be used by it. */
interface Relied {
  readonly id: string;
  readonly verdict: Verdict;
}

function reliedOn({ law }: Policy, tenant: Tenant, nowMs: InstantMs): readonly Relied[] {
  const { cells, endpoints } = explain(law, requestFacts(tenant, noClaims, "" as CellId), nowMs);
  return [...cells, ...endpoints]
    .filter(({ isLawful }) => isLawful)
    .flatMap(({ id, verdicts }) => verdicts.map((verdict) => ({ id, verdict })));
}

function contractsAssumed({ law }: Policy, relied: readonly Relied[]): readonly AnalysisFinding[] {
  const operators = new Map(
    [...law.cells, ...law.endpoints].map(({ id, operator }) => [id as string, operator.id]),
  );
  const byOperator = Map.groupBy(
    relied.filter(({ verdict }) => verdict.assumes.length > 0),
    ({ id }) => operators.get(id),
  );
  return Array.from(byOperator, ([operator, found]) => ({
    rule: "assumption",
    severity: "warning",
    path: `operators.${operator}`,
    message: `nobody says which contracts there are, so ${listOf(new Set(found.flatMap(({ verdict }) => verdict.assumes)))} is assumed: list them under \`contracts\``,
  }));
}

/** Which of the roles it is decides which modules of standard clauses carry anything. */
function roleAssumed({ id }: Tenant, relied: readonly Relied[]): readonly AnalysisFinding[] {
  const targets = new Set(
    relied.filter(({ verdict }) => verdict.assumesRoles.length > 0).map((each) => each.id),
  );
  if (targets.size === 0) return [];
  return [
    {
      rule: "assumption",
      severity: "warning",
      path: `tenants.${id}.role`,
      message: `role of \`${id}\` is not stated: tools for either are taken as fitting, and ${listOf(targets)} rests on one; write \`role: controller\` or \`role: processor\``,
    },
  ];
}
