import type { Place, PlaceSet } from "../../base/index.ts";
import type { Verdict } from "../derivation.ts";
import type { Ground } from "../permit.ts";
import type { Regime } from "../policy/regime.ts";
import { type Choice, factNeed, noWay } from "./need.ts";

type Rule = Pick<Verdict, "rule" | "article">;

/** The first source stands for the regime; the others are in its pack. */
export function ruleOf(regime: Regime): Rule {
  const [source] = regime.sources;
  return { rule: regime.id, article: source ? `${source.law} ${source.article}` : regime.title };
}

export function passed({ rule, article }: Rule, reason: string, grounds: readonly Ground[] = []): Verdict {
  return {
    rule,
    article,
    passes: true,
    isWish: false,
    reason,
    missing: null,
    grounds,
    contracts: [],
    assumes: [],
    assumesRoles: [],
    choices: [],
    tried: [],
  };
}

/** What nothing cures, unless `choices` say what does. */
export function blocked(
  { rule, article }: Rule,
  reason: string,
  choices: readonly Choice[] = noWay,
): Verdict {
  const verdict = { rule, article, passes: false, isWish: false, reason, missing: null };
  return { ...verdict, grounds: [], contracts: [], assumes: [], assumesRoles: [], choices, tried: [] };
}

/** Nobody has said a fact without which it would be a guess. Whoever states it may find that it passes. */
export function blockedByUnknown({ rule, article }: Rule, reason: string, fact: string): Verdict {
  return { ...blocked({ rule, article }, reason, [[[factNeed(fact, article)]]]), missing: fact };
}

/** A ground that rests on no instrument: at home, or where the rule restricts nothing. */
export function plainGround(regime: Regime, kind: Ground["kind"]): Ground {
  return {
    regime: regime.id,
    kind,
    article: ruleOf(regime).article,
    instrument: null,
    documents: {},
    untilMs: null,
  };
}

/** Names places in a message: `DE`, `FR` and 35 more. */
export function formatPlaces(places: PlaceSet | readonly Place[]): string {
  const all = [...places].toSorted();
  const shown = all.slice(0, 3).map((place) => `\`${place}\``);
  return all.length > 3 ? `${shown.join(", ")} and ${all.length - 3} more` : shown.join(", ") || "nowhere";
}
