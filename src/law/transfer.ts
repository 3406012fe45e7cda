// `conditional` rules: at home, or to a free destination, or under a mechanism that the tenant has put in place
// (GDPR Art. 44–46 and the laws shaped like it). Derogations for single cases (Art. 49) are no routing mechanism.
import { includesPlace, type Place } from "../base/index.ts";
import { isCertified } from "./certification.ts";
import type { Verdict } from "./derivation.ts";
import type { Siting } from "./endpoint.ts";
import { isInScope } from "./facts.ts";
import { underMechanism } from "./mechanism.ts";
import type { Ground } from "./permit.ts";
import type { Reading } from "./reading.ts";
import type { FreeDestination, Regime } from "./regime.ts";
import { formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";

/** Expects places abroad, at least one: whatever of the siting is not at home. */
export function judgeTransfer({ regime, siting, abroad }: Transfer, reading: Reading): Verdict {
  const free = new Map(abroad.map((place) => [place, freeDestination({ regime, siting, place }, reading)]));
  const restricted = abroad.filter((place) => !free.get(place));
  const grounds = [...new Set(free.values())].flatMap((found) => (found ? [freeGround(regime, found)] : []));
  if (restricted.length === 0) {
    return passed(ruleOf(regime), `${formatPlaces(abroad)}: free destination`, grounds);
  }
  const otherwise = `${formatPlaces(restricted)}: neither home nor a free destination, and no declared mechanism works`;
  return underMechanism({ regime, siting, restricted, grounds, otherwise }, reading);
}

export interface Transfer {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly abroad: readonly Place[];
}

interface Destination {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly place: Place;
}

function freeDestination({ regime, siting, place }: Destination, reading: Reading): FreeDestination | null {
  const found = regime.freeDestinations.find(
    ({ places, classes, validity, requiresCertification }) =>
      includesPlace(places, place) &&
      isInScope(classes, reading.facts) &&
      reading.moment.isInForce(validity) &&
      (requiresCertification === null || isCertified(siting, requiresCertification, reading)),
  );
  return found ?? null;
}

function freeGround(regime: Regime, { instrument, validity }: FreeDestination): Ground {
  return { ...plainGround(regime, "free"), instrument, untilMs: validity.untilMs };
}
