// When a day that a pack names begins. A law means its own midnight: that of India is 18:30 UTC the day before.
import { type InstantMs, membersOf, type Place, type UtcOffsets, utcOffsetsOf } from "../../base/index.ts";
import type { Validity } from "../../law/index.ts";
import type { ConditionDocument, PackDocument } from "../schema/pack-schema.ts";
import type { LawMoment } from "../schema/vocabulary.ts";

/** `forbids`: from the first moment at which it may be in force until the last. `allows`: the other way round. */
export type LawEffect = "forbids" | "allows";

interface LawPeriod {
  readonly since?: LawMoment | undefined;
  readonly until?: LawMoment | undefined;
}

/**
 * Doubt about the hour never widens what is allowed: where a law's places have several midnights, by zone or by season,
 * the strictest counts. Where it names no place, a day begins at midnight UTC.
 */
export function lawValidity({ since, until }: LawPeriod, pack: PackDocument, effect: LawEffect): Validity {
  const { leastMs: late, greatestMs: early } = lawOffsets(pack);
  return {
    fromMs: since === undefined ? null : startOf(since, effect === "forbids" ? early : late),
    untilMs: until === undefined ? null : startOf(until, effect === "forbids" ? late : early),
  };
}

/** How far the clocks of a law's places are from UTC; at UTC where it names none. */
export function lawOffsets(pack: PackDocument): UtcOffsets {
  return utcOffsetsOf(placesOf(pack)) ?? { leastMs: 0, greatestMs: 0 };
}

function startOf({ atMs, isDay }: LawMoment, aheadMs: number): InstantMs {
  return isDay ? atMs - aheadMs : atMs;
}

/** Whose law it is: its home, or else whom it covers, or else the subjects and controllers that it applies to. */
function placesOf({ home, covers, applies_when: condition }: PackDocument): readonly Place[] {
  const own = home?.places ?? covers?.places.places;
  return own === undefined ? placesIn(condition) : membersOf(own);
}

function placesIn(condition: ConditionDocument): readonly Place[] {
  const { all = [], any = [], subject_place: subject, controller_place: controller } = condition;
  return [
    ...[subject, controller].flatMap((zone) => (zone === undefined ? [] : membersOf(zone.places))),
    ...[...all, ...any].flatMap(placesIn),
  ];
}
