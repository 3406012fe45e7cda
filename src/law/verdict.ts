import type { Place, PlaceSet } from "../base/index.ts";
import type { Verdict } from "./derivation.ts";
import type { Ground } from "./permit.ts";
import type { Regime } from "./regime.ts";

type Rule = Pick<Verdict, "rule" | "article">;

/** The first source stands for the regime; the others are in its pack. */
export function ruleOf(regime: Regime): Rule {
  const [source] = regime.sources;
  return { rule: regime.id, article: source ? `${source.law} ${source.article}` : regime.title };
}

export function passed({ rule, article }: Rule, reason: string, grounds: readonly Ground[] = []): Verdict {
  return { rule, article, passes: true, reason, missing: null, grounds, tried: [] };
}

export function blocked({ rule, article }: Rule, reason: string, missing: string | null = null): Verdict {
  return { rule, article, passes: false, reason, missing, grounds: [], tried: [] };
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

/** For messages: `DE`, `FR` and 35 more. */
export function formatPlaces(places: PlaceSet | readonly Place[]): string {
  const all = [...places].toSorted();
  const shown = all.slice(0, 3).map((place) => `\`${place}\``);
  return all.length > 3 ? `${shown.join(", ")} and ${all.length - 3} more` : shown.join(", ") || "nowhere";
}
