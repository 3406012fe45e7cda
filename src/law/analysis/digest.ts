// What the law can see of a request's facts. Requests of one tenant with one digest get the same decisions at all times,
// so that one of them is decided for all.
import { includesPlace } from "../../base/index.ts";
import { isAccepted, isInHole, placesAsked } from "../cover.ts";
import { looksAtProcessor } from "../policy/condition.ts";
import type { DataClass, Facts } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Condition, Hole, Regime } from "../policy/regime.ts";
import { conditionsOf, leavesOf } from "../policy/condition-leaves.ts";
import { classSets, classSignature } from "./alike.ts";
import type { Reading } from "./evaluators.ts";

export interface Digest {
  readonly text: string;
  /** Regimes that may apply by either reading, or whose law covers a claimed place: time matters through these alone. */
  readonly regimes: ReadonlySet<Regime>;
}

/**
 * A function from facts to their digest. INVARIANT: besides a regime's conditions, a request's places, citizenships,
 * sector and classes are seen only through `covers`, holes and acceptances, and through the sets of classes of regimes
 * that apply and of declared mechanisms. All else that facts hold is the tenant's, and not compared here.
 */
export function digester(law: LawPolicy, readings: readonly Reading[]): (facts: Facts) => Digest {
  const holes = law.regimes.flatMap((regime) => regime.holes);
  const viewed = law.regimes.map((regime) => ({
    regime,
    view: viewOf(regime, readings),
    about: [...regime.holes, ...holes.filter(({ filledBy }) => filledBy === regime.id)],
  }));
  const { loud = [], quiet = [] } = Object.groupBy(viewed, ({ regime }) =>
    looksAtSector(regime) ? "loud" : "quiet",
  );
  const look = (part: typeof viewed, facts: Facts): readonly Looked[] =>
    part.map(({ regime, view, about }) => ({ regime, about, ...view(facts) }));
  const lookQuietly = remembered((facts) => look(quiet, facts));
  const declared = law.mechanisms.flatMap(classSets);
  const covered = coverView(law);
  return (facts) => {
    const still = lookQuietly(facts);
    const seen = [...still.looked, ...look(loud, facts)];
    const loudText = seen.slice(still.looked.length).map((part) => part.text);
    const text = [covered(facts), classesAs(facts, declared), still.text, ...loudText].join("|");
    const relevant = seen.filter(({ isRelevant, about }) => isRelevant || fallsInto(about, facts));
    return { text, regimes: new Set(relevant.map(({ regime }) => regime)) };
  };
}

interface Looked extends Seen {
  readonly regime: Regime;
  readonly about: readonly Hole[];
}

interface Remembered {
  readonly looked: readonly Looked[];
  readonly text: string;
}

/**
 * Few laws look at a sector, and every request is tried in each: what the others see is worked out once. Tenants come one
 * after another, so what was seen of the last one is let go.
 */
function remembered(look: (facts: Facts) => readonly Looked[]): (facts: Facts) => Remembered {
  const known = new Map<string, Remembered>();
  let tenant: string | null = null;
  return (facts) => {
    if (facts.tenant !== tenant) known.clear();
    tenant = facts.tenant;
    const key = keyOf(facts);
    const found = known.get(key);
    if (found) return found;
    const looked = look(facts);
    const fresh = { looked, text: looked.map(({ text }) => text).join("|") };
    known.set(key, fresh);
    return fresh;
  };
}

/** All that facts hold but the sector. */
function keyOf({ tenant: _tenant, receivingCell: _cell, sector: _sector, ...facts }: Facts): string {
  return JSON.stringify(facts, (_name, value: unknown) => (value instanceof Set ? [...value] : value));
}

function looksAtSector(regime: Regime): boolean {
  return conditionsOf(regime)
    .flatMap(leavesOf)
    .some(({ kind }) => kind === "sector");
}

function fallsInto(holes: readonly Hole[], facts: Facts): boolean {
  return holes.some((hole) => placesAsked(facts).some((place) => isInHole(hole, place, facts)));
}

interface Seen {
  readonly text: string;
  readonly isRelevant: boolean;
}

function viewOf(regime: Regime, readings: readonly Reading[]): (facts: Facts) => Seen {
  const [appliesWhen, ...required] = conditionsOf(regime);
  const applies = probe(appliesWhen, readings);
  // What a mechanism requires must be certain, so it matters too whether it may be false.
  const others = required.flatMap((condition) => [
    probe(condition, readings),
    probe({ kind: "not", of: condition }, readings),
  ]);
  const sets = classSets({ ...regime, appliesWhen: null, coversClasses: null });
  return (facts) => {
    const application = applies(facts);
    const mayApply = application.includes("1");
    const isCovering = placesAsked(facts).some((place) => includesPlace(regime.covers, place));
    const detail = mayApply ? [...others.map((read) => read(facts)), classesAs(facts, sets)].join(",") : "";
    return { text: `${application},${detail}`, isRelevant: mayApply || isCovering };
  };
}

/** Each reading's answer as a digit. What depends on operators is asked apart from them, part by part. */
function probe(condition: Condition, readings: readonly Reading[]): (facts: Facts) => string {
  if (!looksAtProcessor(condition)) {
    return (facts) => readings.map((read) => (read(condition, facts, []) ? "1" : "0")).join("");
  }
  const parts = partsApart(condition).flatMap((part) => [
    probe(part, readings),
    probe({ kind: "not", of: part }, readings),
  ]);
  return (facts) => `1${parts.map((part) => part(facts)).join("")}`;
}

/** The largest parts of a condition that do not look at operators. */
function partsApart(condition: Condition): readonly Condition[] {
  if (!looksAtProcessor(condition)) return [condition];
  if (condition.kind === "not") return partsApart(condition.of);
  return condition.kind === "all" || condition.kind === "any" ? condition.of.flatMap(partsApart) : [];
}

/**
 * Each place and class must be covered by one regime together, so places are told apart by all `covers` at once, by all
 * acceptances, and by the holes that these facts fall into there.
 */
function coverView({ regimes, acceptances }: LawPolicy): (facts: Facts) => string {
  const holes = regimes.flatMap((regime) => regime.holes);
  const sets = regimes.flatMap(({ coversClasses }) => coversClasses ?? []);
  return (facts) => {
    const rows = placesAsked(facts).map((place) => {
      const covering = regimes.map(({ covers }) => (includesPlace(covers, place) ? "1" : "0")).join("");
      const accepting = acceptances.map((each) => (isAccepted([each.place], place) ? "1" : "0")).join("");
      return covering + accepting + holes.map((hole) => (isInHole(hole, place, facts) ? "1" : "0")).join("");
    });
    return [[...new Set(rows)].toSorted().join(), classesAs(facts, sets)].join();
  };
}

function classesAs({ classes }: Facts, sets: readonly ReadonlySet<DataClass>[]): string {
  return [...new Set(classes.map(({ value }) => classSignature(value, sets)))].toSorted().join("");
}
