// Whether the law of everybody concerned is known. A rule that nobody has read looks like permission, so what no pinned pack
// states, and nobody has accepted by name, is unknown, and nothing is permitted.
import { includesPlace, type InstantMs, isLegalOrder, type Place, type RegimeId } from "../base/index.ts";
import { type DataClass, type Facts, isAboutPeople, isOneOf } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import { Moment } from "./policy/moment.ts";
import type { PreparedLaw } from "./policy/prepare.ts";
import type { Hole, Regime } from "./policy/regime.ts";

/** A law that may be asked and that nobody has read. */
export interface LawGap {
  readonly place: Place;
  /** Null where it is a part of the law that a pinned pack leaves out. */
  readonly dataClass: DataClass | null;
  /** What is left out; null where all of it is. */
  readonly what: string | null;
  /** The pack that is said to state it; null where none is named. */
  readonly filledBy: RegimeId | null;
}

/** Names the facts, and the laws, without which it would be a guess what applies. */
export function missingLaw(law: PreparedLaw, facts: Facts, moment: Moment): readonly string[] {
  const gaps = gapsIn(law, facts, moment).map(formatGap);
  return [...unstated(facts), ...[...new Set(gaps)].toSorted()];
}

/** The laws of one request that nobody has read. */
export function lawGaps(policy: LawPolicy, facts: Facts, nowMs: InstantMs): readonly LawGap[] {
  return gapsIn(policy, facts, new Moment(nowMs));
}

type Read = Pick<PreparedLaw, "regimes" | "acceptances">;

function gapsIn({ regimes, acceptances }: Read, facts: Facts, moment: Moment): readonly LawGap[] {
  // A pack that has ended says nothing of what follows it, and one that has not begun nothing of what was before, unless it
  // knows that there was nothing: that no law which was read is in force is no permission.
  const read = regimes.filter(({ effective }) => !moment.hasEnded(effective));
  const known = read.filter(({ effective, before }) => before === "nothing" || moment.hasBegun(effective));
  const accepted = acceptances.filter(({ validity }) => moment.isInForce(validity)).map(({ place }) => place);
  return placesAsked(facts)
    .filter((place) => !isAccepted(accepted, place))
    .flatMap((place) => [...unread(place, facts, known), ...holesAt(place, facts, { known, read })]);
}

export function formatGap({ place, dataClass, what, filledBy }: LawGap): string {
  if (what === null) return `law of \`${place}\` for \`${dataClass}\` data`;
  const pack = filledBy === null ? "" : `, which pack \`${filledBy}\` states`;
  return `law of \`${place}\` on ${what}${pack}`;
}

function unstated({ subjectPlaces, controllerPlaces, classes }: Facts): readonly string[] {
  const hasPeople = classes.length === 0 || classes.some(({ value }) => isAboutPeople(value));
  return [
    ...(subjectPlaces.length === 0 && hasPeople ? ["subject place"] : []),
    ...(controllerPlaces.length === 0 ? ["controller place"] : []),
    ...(classes.length === 0 ? ["data class"] : []),
  ];
}

/** Whose law it may be: that of the people, and that of whoever decides about their data (GDPR Art. 3(1) and (2)). */
export function placesAsked({ subjectPlaces, controllerPlaces }: Facts): readonly Place[] {
  return [...new Set([...subjectPlaces.map(({ value }) => value), ...controllerPlaces])];
}

/** A legal order of its own, such as `AE+DIFC`, has a law of its own, which must be accepted by its own name. */
export function isAccepted(accepted: readonly Place[], place: Place): boolean {
  if (isLegalOrder(place)) return accepted.includes(place);
  return accepted.some((each) => includesPlace(new Set([each]), place));
}

function unread(place: Place, { classes }: Facts, known: readonly Regime[]): readonly LawGap[] {
  return classes
    .filter(({ value }) => !known.some((regime) => covers(regime, place, value)))
    .map(({ value: dataClass }) => ({ place, dataClass, what: null, filledBy: null }));
}

/** Whether the pack states where such data of people, or of controllers, in the place may go. */
export function covers(
  { covers: places, coversClasses }: Regime,
  place: Place,
  dataClass: DataClass,
): boolean {
  if (!includesPlace(places, place)) return false;
  return coversClasses === null || isOneOf(coversClasses, dataClass);
}

interface Pinned {
  readonly known: readonly Regime[];
  /** Those too that have not begun: the part of the law that they state was none before. */
  readonly read: readonly Regime[];
}

/** What a pinned pack says that it leaves out, and no other one states. */
function holesAt(place: Place, facts: Facts, { known, read }: Pinned): readonly LawGap[] {
  return known
    .flatMap(({ holes }) => holes)
    .filter((hole) => isInHole(hole, place, facts) && !read.some(({ id }) => id === hole.filledBy))
    .map(({ what, filledBy }) => ({ place, dataClass: null, what, filledBy }));
}

/**
 * Whether what the pack leaves out is asked for by these facts there. A sector is the controller's, so what a law says of one
 * is asked where controllers are established.
 */
export function isInHole({ places, sectors, classes }: Hole, place: Place, facts: Facts): boolean {
  if (!includesPlace(places, place)) return false;
  if (sectors !== null) {
    const isHere = facts.controllerPlaces.includes(place);
    if (!isHere || facts.sector === null || !sectors.has(facts.sector)) return false;
  }
  return classes === null || facts.classes.some(({ value }) => isOneOf(classes, value));
}
