// One regime over one siting: a cell that receives, or an endpoint that computes.
import { includesPlace, mayLieIn, type Place, unreachable } from "../../base/index.ts";
import { judgeContracts } from "./contract.ts";
import { controlBeyond } from "./control.ts";
import type { Verdict } from "../derivation.ts";
import { type SitedTarget, type Siting, sitedIn } from "../policy/endpoint.ts";
import { underMechanism } from "./mechanism.ts";
import type { Way } from "./need.ts";
import { judgeOperator } from "./operator-constraint.ts";
import type { Reading } from "./reading.ts";
import type { Regime } from "../policy/regime.ts";
import { judgeTransfer } from "./transfer.ts";
import { blocked, blockedByUnknown, formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";

/**
 * Expects a siting whose places are known. Every member of its set of places must pass: where it computes, where it
 * stores, and where the regime counts remote access, from where people reach into it. All that blocks is told, because
 * whoever wants to cure it must cure all of it.
 */
export function judge(regime: Regime, target: SitedTarget, reading: Reading): Verdict {
  const places = judgePlaces(regime, target, reading);
  const parts = [
    ...judgeOperator(regime, target.siting, reading),
    ...judgeRetention(regime, target),
    ...judgeContracts(regime, target, reading),
  ];
  return parts.length === 0 ? places : joined([...parts, places]);
}

/** One verdict of the regime: it passes where every part does, and cures where every part that blocks can be cured. */
function joined(parts: readonly Verdict[]): Verdict {
  const last = parts.at(-1);
  if (last === undefined) throw new TypeError("a regime without a verdict");
  const [first, ...others] = parts.filter(({ passes }) => !passes);
  const tried = parts.flatMap((part) => part.tried);
  if (first === undefined) {
    const contracts = parts.flatMap((part) => part.contracts);
    const assumesRoles = parts.flatMap((part) => part.assumesRoles);
    return { ...last, tried, contracts, assumes: parts.flatMap(({ assumes }) => assumes), assumesRoles };
  }
  const all = [first, ...others];
  return {
    ...first,
    tried,
    reason: all.map(({ reason }) => reason).join("; "),
    missing: all.map(({ missing }) => missing).find((missing) => missing !== null) ?? null,
    choices: all.flatMap(({ choices }) => choices),
  };
}

function judgeRetention(regime: Regime, { id, siting }: SitedTarget): readonly Verdict[] {
  const { maxRetentionDays } = regime;
  const { retentionDays } = siting;
  if (maxRetentionDays === null) return [];
  if (retentionDays === null) {
    const fact = `retention of \`${id}\``;
    return [blockedByUnknown(ruleOf(regime), "for how long it keeps data is not known", fact)];
  }
  if (retentionDays <= maxRetentionDays) return [];
  return [blocked(ruleOf(regime), `it keeps data for ${retentionDays} days, more than ${maxRetentionDays}`)];
}

function judgePlaces(regime: Regime, { id, siting }: SitedTarget, reading: Reading): Verdict {
  if (regime.rule === "operator" || regime.rule === "terms") {
    return passed(ruleOf(regime), "the rule does not restrict places", [
      plainGround(regime, "not-restricted"),
    ]);
  }
  if (regime.remoteAccess.size > 0 && siting.support.length === 0) {
    const fact = `places of remote support of \`${id}\``;
    return blockedByUnknown(ruleOf(regime), "from where people reach into it is not known", fact);
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

/** Where the data would be, as far as the regime asks. */
function placesOf(regime: Regime, siting: Siting): readonly Place[] {
  return [...new Set([...placesHeld(regime, siting), ...placesOfAccess(regime, siting)])];
}

/** A rule on storage asks where data rests: what is gone after so many days has not come to rest. */
function placesHeld({ governs, transientDays }: Regime, siting: Siting): readonly Place[] {
  if (governs === "processing") return sitedIn(siting);
  const { retentionDays, stores } = siting;
  const isTransient = transientDays !== null && retentionDays !== null && retentionDays <= transientDays;
  return isTransient ? [] : stores;
}

/** Who has not said who reaches in is taken for whoever counts. */
function placesOfAccess({ remoteAccess }: Regime, { support, operator }: Siting): readonly Place[] {
  if (remoteAccess.size === 0) return [];
  // A sub-processor is a company of its own, and has the data at home too.
  const counts = remoteAccess.has("separate-company");
  const recipients = operator.recipients.filter(({ isOwner }) => counts && !isOwner);
  const reaching = support.filter(({ by }) => by === null || remoteAccess.has(by));
  return [...reaching.map(({ place }) => place), ...recipients.map(({ home }) => home)];
}

function atHome(regime: Regime): Verdict {
  return passed(ruleOf(regime), "every place is at home", [plainGround(regime, "home")]);
}

function free(regime: Regime): Verdict {
  return passed(ruleOf(regime), "no place is a denied destination", [plainGround(regime, "free")]);
}

/** No decision opens what must stay at home, or may not go there. */
const waysBeside = (): readonly Way[] => [];

interface Abroad {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly abroad: readonly Place[];
}

/** What must stay at home leaves it only by an exception that the law provides for and the tenant has been granted. */
function judgeException({ regime, siting, abroad }: Abroad, reading: Reading): Verdict {
  const otherwise = `${formatPlaces(abroad)}: the data must stay in ${formatPlaces(regime.home)}`;
  return underMechanism({ regime, siting, restricted: abroad, grounds: [], otherwise, waysBeside }, reading);
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
    return underMechanism(
      { regime, siting, restricted: denied, grounds: [], otherwise, waysBeside },
      reading,
    );
  }
  const controllers = controlBeyond(regime.deniedControlExcept, siting.operator, reading.moment);
  const controller = controllers.find(isDenied);
  if (controller === undefined) return null;
  const otherwise = `operator \`${siting.operator.id}\` is controlled from denied destination \`${controller}\``;
  return underMechanism(
    { regime, siting, restricted: [controller], grounds: [], otherwise, waysBeside },
    reading,
  );
}
