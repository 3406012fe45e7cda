// One regime over one siting: a cell that receives, or an endpoint that computes.
import { includesPlace, mayLieIn, type Place, unreachable } from "../base/index.ts";
import { controlledFrom } from "./control.ts";
import type { Verdict } from "./derivation.ts";
import { type Siting, sitedIn } from "./endpoint.ts";
import type { Regime } from "./regime.ts";
import { judgeTransfer, type Reading } from "./transfer.ts";
import { blocked, formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";

/**
 * Expects a siting whose places are known. Every member of its set of places must pass: where it computes and where it
 * stores. A constraint on operators binds under every kind of rule, because a forbid is never skipped.
 */
export function judge(regime: Regime, siting: Siting, reading: Reading): Verdict {
  return judgeOperator(regime, siting, reading) ?? judgePlaces(regime, siting, reading);
}

function judgeOperator(regime: Regime, siting: Siting, { moment }: Reading): Verdict | null {
  if (regime.operatorConstraints.length === 0) return null;
  const homes = controlledFrom(siting.operator, moment);
  for (const { denyControlFrom, article } of regime.operatorConstraints) {
    const denied = homes.find((home) => mayLieIn(denyControlFrom, home));
    if (denied === undefined) continue;
    const reason = `operator \`${siting.operator.id}\` is controlled from \`${denied}\``;
    return blocked({ rule: regime.id, article }, reason);
  }
  return null;
}

function judgePlaces(regime: Regime, siting: Siting, reading: Reading): Verdict {
  switch (regime.rule) {
    case "hard_local":
      return judgeLocal(regime, siting);
    case "conditional":
      return judgeTransfer(regime, siting, reading);
    case "denylist":
    case "export_control":
      return judgeDenied(regime, siting, reading);
    case "operator":
    case "terms":
      return passed(ruleOf(regime), "the rule does not restrict places", [
        plainGround(regime, "not-restricted"),
      ]);
    default:
      return unreachable(regime.rule);
  }
}

function judgeLocal(regime: Regime, siting: Siting): Verdict {
  const abroad = sitedIn(siting).filter((place) => !includesPlace(regime.home, place));
  if (abroad.length > 0) {
    const reason = `${formatPlaces(abroad)}: the data must stay in ${formatPlaces(regime.home)}`;
    return blocked(ruleOf(regime), reason);
  }
  return passed(ruleOf(regime), "every place is at home", [plainGround(regime, "home")]);
}

/** Everywhere but the denied destinations; an operator controlled from one of them gives access from there. */
function judgeDenied(regime: Regime, siting: Siting, { moment }: Reading): Verdict {
  const isDenied = (place: Place): boolean => mayLieIn(regime.deniedDestinations, place);
  const places = sitedIn(siting);
  const denied = places.filter(isDenied);
  if (denied.length > 0) return blocked(ruleOf(regime), `${formatPlaces(denied)}: denied destination`);
  const controller = controlledFrom(siting.operator, moment).find(isDenied);
  if (controller !== undefined) {
    const reason = `operator \`${siting.operator.id}\` is controlled from denied destination \`${controller}\``;
    return blocked(ruleOf(regime), reason);
  }
  const isHome = places.every((place) => includesPlace(regime.home, place));
  const reason = isHome ? "every place is at home" : "no place is a denied destination";
  return passed(ruleOf(regime), reason, [plainGround(regime, isHome ? "home" : "free")]);
}
