// A recorded decision, and what its facts come to when they are brought before the law of then.
import type { Place } from "../../../base/index.ts";
import { version } from "../../../cell/index.ts";
import type { Model, Policy, Tenant } from "../../../config/index.ts";
import { createExplainer, type Facts, type LegalEvent } from "../../../law/index.ts";
import { type Explanation, explainRequest } from "../ask/explanation.ts";
import { assumedCounts, withCountsOfThen } from "./counts-of-then.ts";
import { type Ruling, rulingsAgain } from "./derive-again.ts";
import { differencesFrom } from "./differences.ts";
import type { Evidence } from "./evidence.ts";
import { factsOfThen, type HandleOf, tenantOfThen } from "./facts-of-then.ts";
import { lawOfThen, type PolicyFile } from "./law-of-then.ts";
import type { RecordedDecision } from "./recorded-request.ts";

/** What a decision comes to when it is derived again. */
export type Again =
  | {
      readonly kind: "derived";
      readonly tenant: string;
      readonly events: readonly LegalEvent[];
      readonly assumed: readonly string[];
      readonly ruling: Ruling;
      /** Empty: it is the same. */
      readonly differences: readonly string[];
      readonly mayExplain: readonly string[];
      /** Null where an exception while deciding was the refusal. */
      readonly explanation: Explanation | null;
    }
  /** `damaged`: the evidence does not hold what its entries name. */
  | { readonly kind: "unknown" | "damaged"; readonly reasons: readonly string[] };

export interface ExplainedDecision {
  readonly recorded: RecordedDecision;
  readonly again: Again;
}

export function isSame(again: Again): boolean {
  return again.kind === "derived" && again.differences.length === 0;
}

export interface Means {
  readonly evidence: Evidence;
  readonly policyFile: PolicyFile | null;
  readonly handleOf: HandleOf;
  /** Whose it was, and of which citizenships, as somebody says. */
  readonly tenant: string | null;
  readonly citizenships: readonly Place[];
}

export async function deriveAgain(
  recorded: RecordedDecision,
  { evidence, policyFile, handleOf, ...said }: Means,
): Promise<Again> {
  const { decision } = recorded;
  const then = await lawOfThen(recorded, policyFile, evidence);
  if (then.kind !== "law") return then;
  const whose = await tenantOfThen(then.policy, decision, { named: said.tenant, handleOf });
  if (whose.kind === "unknown") return { kind: "unknown", reasons: [whose.reason] };
  const stated = factsOfThen(whose.tenant, decision, said.citizenships);
  const { facts, ruling, differences } = closestRuling(recorded, then.policy, stated.facts);
  const assumed = [...stated.assumed, ...assumedCounts(then.policy, facts)];
  return {
    kind: "derived",
    tenant: whose.tenant.id,
    events: then.events,
    assumed: [...(whose.assumed === null ? [] : [whose.assumed]), ...assumed],
    ruling,
    differences,
    mayExplain: differences.length > 0 ? explanationsOf(recorded, whose.tenant) : [],
    explanation: ruling.error === "gateway_internal" ? null : explanationOf(recorded, then.policy, facts),
  };
}

/** Of the rulings that the law allows, the one that is most like the recorded one. */
function closestRuling(
  { decision, isImported }: RecordedDecision,
  policy: Policy,
  facts: Facts,
): Pick<Extract<Again, { kind: "derived" }>, "ruling" | "differences"> & { readonly facts: Facts } {
  const [first, ...others] = withCountsOfThen(policy, facts).flatMap((counted) =>
    rulingsAgain({ policy, facts: counted, decision, isImported }).map((ruling) => ({
      facts: counted,
      ruling,
      differences: differencesFrom(decision, ruling),
    })),
  );
  if (first === undefined) throw new TypeError("the law says nothing of these facts");
  return others.reduce(
    (best, next) => (next.differences.length < best.differences.length ? next : best),
    first,
  );
}

function explanationOf({ decision }: RecordedDecision, policy: Policy, facts: Facts): Explanation {
  const model = policy.models.get((decision.model ?? "") as Model["alias"]);
  const asked = {
    id: decision.rid,
    atMs: decision.ts,
    cell: facts.receivingCell,
    facts,
    models: model ? [model] : [],
    orders: [],
  };
  return explainRequest({ policy, explainer: createExplainer(policy.law), asked }, decision.ts);
}

/** The law is the very one that the entry names, by its hash: what is left is what no entry holds. */
function explanationsOf({ decision, history }: RecordedDecision, { tokens }: Tenant): readonly string[] {
  const software = history.openings.findLast(({ entry }) => entry.ts <= decision.ts)?.entry.software;
  const own = `bailiwick/${version}`;
  return [
    ...(tokens?.claims.citizenship ? ["a citizenship that its token claimed: `--citizenship` says it"] : []),
    "the operation that was asked: an endpoint that does not answer it is left out, and no entry names it",
    "a rule that began or ended in the milliseconds between the decision and its entry",
    ...(software !== undefined && software !== own ? [`${software} decided, and this is ${own}`] : []),
  ];
}
