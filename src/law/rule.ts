// One regime over one siting: a cell that receives, or an endpoint that computes.
import { includesPlace, mayLieIn, type Place, unreachable } from "../base/index.ts";
import { controlledFrom } from "./control.ts";
import type { Verdict } from "./derivation.ts";
import { type SitedTarget, type Siting, sitedIn } from "./endpoint.ts";
import { underMechanism } from "./mechanism.ts";
import { judgeOperator } from "./operator-constraint.ts";
import type { Reading } from "./reading.ts";
import type { Regime } from "./regime.ts";
import { judgeTransfer } from "./transfer.ts";
import { blocked, formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";

/**
 * Expects a siting whose places are known. Every member of its set of places must pass: where it computes, where it
 * stores, and where the regime counts remote access, from where people reach into it.
 */
export function judge(regime: Regime, target: SitedTarget, reading: Reading): Verdict {
  return (
    judgeOperator(regime, target.siting, reading) ??
    judgeRetention(regime, target) ??
    judgePlaces(regime, target, reading)
  );
}

function judgeRetention(regime: Regime, { id, siting }: SitedTarget): Verdict | null {
  const { maxRetentionDays } = regime;
  const { retentionDays } = siting;
  if (maxRetentionDays === null) return null;
  if (retentionDays === null) {
    return blocked(ruleOf(regime), "for how long it keeps data is not known", `retention of \`${id}\``);
  }
  if (retentionDays <= maxRetentionDays) return null;
  const reason = `it keeps data for ${retentionDays} days, more than ${maxRetentionDays}`;
  return blocked(ruleOf(regime), reason);
}

function judgePlaces(regime: Regime, { id, siting }: SitedTarget, reading: Reading): Verdict {
  if (regime.rule === "operator" || regime.rule === "terms") {
    return passed(ruleOf(regime), "the rule does not restrict places", [
      plainGround(regime, "not-restricted"),
    ]);
  }
  if (regime.remoteAccessCounts && siting.support.length === 0) {
    const fact = `places of remote support of \`${id}\``;
    return blocked(ruleOf(regime), "from where people reach into it is not known", fact);
  }
  const places = placesOf(regime, siting);
  const abroad = places.filter((place) => !includesPlace(regime.home, place));
  switch (regime.rule) {
    case "hard_local":
      return abroad.length === 0 ? atHome(regime) : judgeException({ regime, siting, abroad }, reading);
    case "conditional":
      return abroad.length === 0 ? atHome(regime) : judgeTransfer({ regime, siting, abroad }, reading);
    case "denylist":
    case "export_control":
      return (
        judgeDenied({ regime, siting, places }, reading) ??
        (abroad.length === 0 ? atHome(regime) : free(regime))
      );
    default:
      return unreachable(regime.rule);
  }
}

function placesOf({ remoteAccessCounts }: Regime, siting: Siting): readonly Place[] {
  const places = sitedIn(siting);
  return remoteAccessCounts ? [...new Set([...places, ...siting.support])] : places;
}

function atHome(regime: Regime): Verdict {
  return passed(ruleOf(regime), "every place is at home", [plainGround(regime, "home")]);
}

function free(regime: Regime): Verdict {
  return passed(ruleOf(regime), "no place is a denied destination", [plainGround(regime, "free")]);
}

interface Abroad {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly abroad: readonly Place[];
}

/** What must stay at home leaves it only by an exception that the law provides for and the tenant has been granted. */
function judgeException({ regime, siting, abroad }: Abroad, reading: Reading): Verdict {
  const otherwise = `${formatPlaces(abroad)}: the data must stay in ${formatPlaces(regime.home)}`;
  return underMechanism({ regime, siting, restricted: abroad, grounds: [], otherwise }, reading);
}

interface Destinations {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly places: readonly Place[];
}

/**
 * Everywhere but the denied destinations; an operator controlled from one of them gives access from there. Null where
 * nothing is denied.
 */
function judgeDenied({ regime, siting, places }: Destinations, reading: Reading): Verdict | null {
  const isDenied = (place: Place): boolean => mayLieIn(regime.deniedDestinations, place);
  const denied = places.filter(isDenied);
  if (denied.length > 0) {
    const otherwise = `${formatPlaces(denied)}: denied destination`;
    return underMechanism({ regime, siting, restricted: denied, grounds: [], otherwise }, reading);
  }
  const controller = controlledFrom(siting.operator, reading.moment).find(isDenied);
  if (controller === undefined) return null;
  const otherwise = `operator \`${siting.operator.id}\` is controlled from denied destination \`${controller}\``;
  return underMechanism({ regime, siting, restricted: [controller], grounds: [], otherwise }, reading);
}
