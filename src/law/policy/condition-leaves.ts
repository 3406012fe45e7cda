import type { Condition, Regime } from "./regime.ts";

/** The conditions that a regime holds: of its own application, and of parts of it. */
export function conditionsOf(regime: Regime): readonly [Condition, ...Condition[]] {
  return [
    regime.appliesWhen,
    ...regime.mechanisms.flatMap(({ requires }) => (requires === null ? [] : [requires])),
    ...regime.contracts.flatMap(({ when }) => (when === null ? [] : [when])),
  ];
}

export function leavesOf(condition: Condition): readonly Condition[] {
  if (condition.kind === "not") return leavesOf(condition.of);
  if (condition.kind === "all" || condition.kind === "any") return condition.of.flatMap(leavesOf);
  return [condition];
}
