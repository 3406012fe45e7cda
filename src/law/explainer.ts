// Whoever opens it owns its state.
import type { InstantMs, PlaceSet } from "../base/index.ts";
import { decideFrom } from "./decide.ts";
import type { Decision } from "./decision.ts";
import type { Derivation } from "./derivation.ts";
import { derive } from "./derive.ts";
import type { Facts } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import { prepareLaw } from "./policy/prepare.ts";
import { Remembered } from "./remembered.ts";

/** They are some ten times as large as decisions. */
const maxExplanations = 1000;

export interface Explained {
  /** As a cell decides, whose decider is asked the same. */
  readonly decision: Decision;
  readonly derivation: Derivation;
}

/** Explains many requests under one policy. Throws where a decider refuses as `undecidable`, and says why. */
export type Explainer = (facts: Facts, nowMs: InstantMs) => Explained;

export function createExplainer(policy: LawPolicy): Explainer {
  const law = prepareLaw(policy);
  const remembered = new Remembered<Explained>(maxExplanations);
  const keyOf = keys();
  return (facts, nowMs) => {
    const key = keyOf(facts);
    const known = remembered.get(key, nowMs);
    if (known) return { ...known, derivation: { ...known.derivation, nowMs } };
    const derivation = derive(law, facts, nowMs, { tellsWays: true });
    const explained = { decision: decideFrom(derivation, law, facts), derivation };
    remembered.add(key, explained, { fromMs: nowMs, untilMs: derivation.expiresAtMs });
    return explained;
  };
}

/** Texts that are equal for equal facts alone: a reason names the basis of a claim, so it counts here. */
function keys(): (facts: Facts) => string {
  // Two zones of one name may hold different places, so a zone is known by its set.
  const zones = new Map<PlaceSet, number>();
  return ({ tenant: _tenant, requirements, ...seen }) => {
    const wishes = requirements.map(({ level, zoneName, zone }) => {
      const number = zones.get(zone) ?? zones.size;
      zones.set(zone, number);
      return [level, zoneName, number];
    });
    return JSON.stringify([seen, wishes]);
  };
}
