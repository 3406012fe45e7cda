import type { InstantMs } from "../base/index.ts";
import type { Derivation } from "./derivation.ts";
import { derive } from "./derive.ts";
import type { Facts } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import { prepareLaw } from "./policy/prepare.ts";

/** The derivation that a decider's answer for the same arguments is made from. Throws where the decider refuses as `undecidable`. */
export function explain(policy: LawPolicy, facts: Facts, nowMs: InstantMs): Derivation {
  return derive(prepareLaw(policy), facts, nowMs, { tellsWays: true });
}
