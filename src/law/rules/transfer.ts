// `conditional` rules: at home, or to a free destination, or under a mechanism that the tenant has put in place
// (GDPR Art. 44–46 and the laws shaped like it). Derogations for single cases (Art. 49) are no routing mechanism.
import { formatDay, includesPlace, type Place } from "../../base/index.ts";
import { isCertified } from "./certification.ts";
import type { Verdict } from "../derivation.ts";
import type { Siting } from "../policy/endpoint.ts";
import { type RestrictedTransfer, underMechanism } from "./mechanism.ts";
import type { Ground } from "../permit.ts";
import type { Reading } from "./reading.ts";
import type { FreeDestination, Regime } from "../policy/regime.ts";
import { formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";
import { type ClosedPlace, destinationWays, isOpenFor } from "./way.ts";

/** Expects places abroad, at least one: whatever of the siting is not at home. */
export function judgeTransfer({ regime, siting, abroad }: Transfer, reading: Reading): Verdict {
  const free = new Map(abroad.map((place) => [place, freeDestination({ regime, siting, place }, reading)]));
  const restricted = abroad.filter((place) => !free.get(place));
  const grounds = [...new Set(free.values())].flatMap((found) => (found ? [freeGround(regime, found)] : []));
  if (restricted.length === 0) {
    return passed(ruleOf(regime), `${formatPlaces(abroad)}: free destination by ${decisions(free)}`, grounds);
  }
  const otherwise = `${formatPlaces(restricted)}: neither home nor a free destination, and no declared mechanism works`;
  const waysBeside: RestrictedTransfer["waysBeside"] = (place, aside) =>
    destinationWays({ regime, siting, place }, aside);
  return underMechanism({ regime, siting, restricted, grounds, otherwise, waysBeside }, reading);
}

export interface Transfer {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly abroad: readonly Place[];
}

function freeDestination({ regime, siting, place }: ClosedPlace, reading: Reading): FreeDestination | null {
  const found = regime.freeDestinations.find(
    (free) =>
      includesPlace(free.places, place) &&
      isOpenFor(free, reading) &&
      reading.moment.isInForce(free.validity) &&
      isRecipient(free, siting, reading),
  );
  return found ?? null;
}

/** Whoever has not said what he is, is none of those whom a decision is limited to. */
function isRecipient(free: FreeDestination, siting: Siting, reading: Reading): boolean {
  const { requiresCertification: rule, requiresStanding: standing } = free;
  if (standing !== null && siting.operator.standings?.has(standing) !== true) return false;
  return rule === null || isCertified(siting, rule, reading);
}

/** With number, scope and end: whoever relies on a decision must know what it is limited to. */
function decisions(free: ReadonlyMap<Place, FreeDestination | null>): string {
  const instruments = [...free.values()].filter((each) => each !== null);
  const words = instruments.map(({ instrument, validity: { untilMs } }) =>
    untilMs === null ? instrument : `${instrument} until ${formatDay(untilMs)}`,
  );
  return [...new Set(words)].join(", ");
}

function freeGround(regime: Regime, { instrument, validity }: FreeDestination): Ground {
  return { ...plainGround(regime, "free"), instrument, untilMs: validity.untilMs };
}
