// What the law says to a recorded request, from its recorded facts: by a decider of today, at the instant of then.
import { type CellId, type EndpointId, unreachable } from "../../../base/index.ts";
import type { Model, Policy } from "../../../config/index.ts";
import { allowedEndpoint } from "../../../gateway/index.ts";
import { createDecider, type Block, type Facts, type Permit } from "../../../law/index.ts";
import type { AllowedEndpoint, StoredDecision } from "../../../ledger/index.ts";
import { answerersOf } from "../../../routing/index.ts";

/** The members of a decision that follow from law and facts. */
export interface Ruling {
  readonly verdict: StoredDecision["verdict"];
  readonly error: string | null;
  readonly allowed: readonly AllowedEndpoint[];
  readonly blocked: readonly Block[];
  readonly regimes: readonly string[];
  readonly obligations: readonly string[];
}

interface Case {
  readonly policy: Policy;
  readonly facts: Facts;
  readonly decision: StoredDecision;
  readonly isImported: boolean;
}

/**
 * Every ruling that the law allows for what the entry records; the likeliest first. There are several where a choice inside
 * the permit rests on what no entry holds: whether the rules of a `hybrid` model let transfers in at that moment, and of a refusal
 * whether another cell had sent the request here.
 */
export function rulingsAgain({ policy, facts, decision, isImported }: Case): readonly Ruling[] {
  const decided = createDecider(policy.law).decide(facts, decision.ts);
  if (decided.kind === "refusal") {
    const { kind, blocks } = decided.refusal;
    return [refused(refusalErrors[kind], blocks)];
  }
  const { permit, cells, blocks } = decided;
  const regimes = permit.terms.regimes;
  if (!cells.some((cell) => cell === decision.cell))
    return [{ ...refused("policy_misdirected", blocks), verdict: "redirect", regimes }];
  const model =
    decision.model === null ? null : (policy.models.get(decision.model as Model["alias"]) ?? null);
  if (model === null) return [permitted(permit, blocks)];
  const plans = model.mode === "hybrid" ? [true, false] : [true];
  const origins = decision.verdict === "permit" ? [isImported] : [false, true];
  return plans.flatMap((allowsTransfers) =>
    origins.map((imported) =>
      ruleOnModel(
        { policy, permit, cells, blocks },
        { model, cell: decision.cell, allowsTransfers, imported },
      ),
    ),
  );
}

const refusalErrors = {
  no_lawful_endpoint: "policy_no_lawful_endpoint",
  jurisdiction_unknown: "policy_jurisdiction_unknown",
  undecidable: "gateway_internal",
} as const;

interface Lawful {
  readonly policy: Policy;
  readonly permit: Permit;
  readonly cells: readonly CellId[];
  readonly blocks: readonly Block[];
}

interface Bound {
  readonly model: Model;
  readonly cell: CellId;
  readonly allowsTransfers: boolean;
  readonly imported: boolean;
}

/** As a cell rules. No entry says which operation was asked, so every endpoint is taken to know it. */
function ruleOnModel(
  { policy, permit, cells, blocks }: Lawful,
  { model, cell, allowsTransfers, imported }: Bound,
): Ruling {
  const isPeer = (id: EndpointId): boolean => (policy.endpoints.get(id)?.peer ?? null) !== null;
  const answerers = answerersOf(permit, {
    cell,
    cells,
    servedBy: model.servedBy,
    allowsTransfers,
    isAble: () => true,
    mayAnswer: ({ id }) => !imported || !isPeer(id),
  });
  const unavailable = { ...refused("policy_region_unavailable", blocks), regimes: permit.terms.regimes };
  switch (answerers.kind) {
    case "here":
      return permitted(answerers.permit, blocks);
    case "elsewhere":
      return { ...unavailable, verdict: "redirect", error: "policy_misdirected" };
    case "unserved":
      return refused("policy_no_lawful_endpoint", blocks);
    case "sent-on":
    case "barred":
    case "unable":
      return unavailable;
    default:
      return unreachable(answerers);
  }
}

function permitted({ terms }: Permit, blocked: readonly Block[]): Ruling {
  const { regimes, obligations, endpoints } = terms;
  return {
    verdict: "permit",
    error: null,
    allowed: endpoints.map(allowedEndpoint),
    blocked,
    regimes,
    obligations,
  };
}

function refused(error: string, blocked: readonly Block[]): Ruling {
  return { verdict: "refuse", error, allowed: [], blocked, regimes: [], obligations: [] };
}
