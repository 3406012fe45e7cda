import type { CellId, InstantMs, Place } from "../base/index.ts";
import type { Model, Policy, Tenant } from "../config/index.ts";
import {
  createDecider,
  type DataClass,
  type Decision,
  type Derivation,
  explain,
  type Facts,
} from "../law/index.ts";
import { factsOf, findTenant, listOf } from "./asked-facts.ts";
import { servedBy, type Served } from "./served.ts";
import { UnusableInputError } from "./unusable-input.ts";

export interface Question {
  readonly tenant: string | null;
  readonly subjects: readonly Place[];
  readonly citizenships: readonly Place[];
  readonly classes: readonly DataClass[];
  readonly cell: string | null;
  readonly model: string | null;
  readonly nowMs: InstantMs;
}

/** Plain data, in the order in which a reader follows it. */
export interface Explanation {
  readonly facts: Omit<Facts, "tenant" | "requirements" | "receivingCell"> & {
    readonly tenant: string | null;
    readonly requirements: readonly { readonly level: string; readonly zone: string }[];
    /** Null: none was asked for. */
    readonly receivingCell: string | null;
  };
  readonly derivation: Derivation;
  readonly outcome: "permit" | Extract<Decision, { kind: "refusal" }>["refusal"]["kind"];
  readonly missing: readonly string[];
  readonly obligations: readonly string[];
  /** Cells that may receive the request and hold a lawful endpoint, best first. */
  readonly cells: readonly CellId[];
  readonly served: readonly Served[];
}

export function explainRequest(policy: Policy, question: Question): Explanation {
  const tenant = question.tenant === null ? null : findTenant(policy, question.tenant);
  const facts = factsOf({ ...question, tenant, cell: findCell(policy, question.cell) });
  const models = findModels(policy, tenant, question.model);
  const decision = createDecider(policy.law).decide(facts, question.nowMs);
  return {
    facts: {
      ...facts,
      tenant: question.tenant,
      requirements: facts.requirements.map(({ level, zoneName }) => ({ level, zone: zoneName })),
      receivingCell: question.cell,
    },
    derivation: explain(policy.law, facts, question.nowMs),
    ...outcomeOf(decision, models, question.nowMs),
  };
}

function outcomeOf(
  decision: Decision,
  models: readonly Model[],
  nowMs: InstantMs,
): Pick<Explanation, "outcome" | "missing" | "obligations" | "cells" | "served"> {
  if (decision.kind === "refusal") {
    const { kind, missing } = decision.refusal;
    return { outcome: kind, missing, obligations: [], cells: [], served: [] };
  }
  const { permit, cells } = decision;
  const served = cells.flatMap((cell) => models.map((model) => servedBy(permit, model, { cell, nowMs })));
  return { outcome: "permit", missing: [], obligations: permit.terms.obligations, cells, served };
}

function findCell(policy: Policy, name: string | null): CellId | null {
  if (name === null) return null;
  const cell = policy.law.cells.find(({ id }) => id === name);
  if (cell !== undefined) return cell.id;
  const known = listOf(policy.law.cells.map(({ id }) => id));
  throw new UnusableInputError([`cell \`${name}\` is not in the policy; it has ${known}`]);
}

function findModels(policy: Policy, tenant: Tenant | null, name: string | null): readonly Model[] {
  const allowed = tenant?.models ?? Array.from(policy.models.keys());
  const wanted = name === null ? allowed : allowed.filter((alias) => alias === name);
  if (wanted.length === 0 && name !== null) {
    throw new UnusableInputError([
      `model \`${name}\` is not one that may be used; choose from ${listOf(allowed)}`,
    ]);
  }
  return wanted.map((alias) => policy.models.get(alias)).filter((model) => model !== undefined);
}
