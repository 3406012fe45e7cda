import type { InstantMs, Place } from "../../base/index.ts";
import { mayHold } from "../policy/condition.ts";
import { createDecider } from "../decider.ts";
import type { Facts } from "../policy/facts.ts";
import type { Decider, LawPolicy } from "../policy/law-policy.ts";
import type { Condition } from "../policy/regime.ts";
import { type PlainDecision, plainDecision } from "./plain-decision.ts";
import { plainlyMayHold } from "./plain-truth.ts";

/** Whether a condition may be true of the facts, with operators from these places on the way. */
export type Reading = (condition: Condition, facts: Facts, processorPlaces: readonly Place[]) => boolean;

/** The two readers of the law that must agree. A test gives one of them a fault and sees it found. */
export interface Evaluators {
  /** The one that serves, with its memory of decisions: a decision that expires too late is a fault of it too. */
  readonly serving: (law: LawPolicy) => Decider;
  readonly plain: (law: LawPolicy, facts: Facts, nowMs: InstantMs) => PlainDecision;
  /** How each of them reads a condition. Facts that either tells apart are decided apart. */
  readonly readings: readonly Reading[];
}

/** A walk comes to each set of facts once, in the order of time. To remember more would cost memory and gain nothing. */
const maxDecisions = 8;

export const productEvaluators: Evaluators = {
  serving: (law) => createDecider(law, { maxDecisions }),
  plain: plainDecision,
  readings: [
    (condition, facts, processorPlaces) => mayHold(condition, { facts, processorPlaces }).isPossible,
    plainlyMayHold,
  ],
};
