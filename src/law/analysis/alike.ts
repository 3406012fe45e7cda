// Places that no rule can tell apart stand for one another: one of them is decided, all are proved.
//
// INVARIANT: a rule looks at a subject's place only by asking whether a set of its own holds it or a part of it. So places
// that are alike under every such set are alike.
import {
  countryCodes,
  includesPlace,
  mayLieIn,
  parsePlace,
  type Place,
  type PlaceSet,
  userAssignedCodes,
} from "../../base/index.ts";
import { isAccepted } from "../cover.ts";
import { type DataClass, dataClasses, impliedClasses, isOneOf } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import { conditionsOf, leavesOf } from "../policy/condition-leaves.ts";
import type { Regime } from "../policy/regime.ts";
import type { Deployment } from "./deployment.ts";

/** The first stands for all. */
export type Alike<Value> = readonly [Value, ...Value[]];

/** Every place of ISO 3166-1, and each subdivision and private code that the deployments name. */
export function placesAlike(deployments: readonly Deployment[]): readonly Alike<Place>[] {
  const regimes = deployments.flatMap(({ law }) => law.regimes);
  const accepted = new Set(deployments.flatMap(({ law }) => law.acceptances.map(({ place }) => place)));
  const sets = distinct(regimes.flatMap(placeSets));
  const universe = new Set([
    ...([...countryCodes, ...userAssignedCodes] as Place[]),
    ...deployments.flatMap(namedPlaces),
  ]);
  return group([...universe].toSorted(), (place) =>
    [
      ...Array.from(accepted, (each) => (isAccepted([each], place) ? "i" : "-")),
      ...sets.map((set) => (includesPlace(set, place) ? "i" : mayLieIn(set, place) ? "m" : "-")),
    ].join(""),
  );
}

/** What any of the sets, a rule that spares non-personal data, or one on people, can see of the class. */
export function classSignature(dataClass: DataClass, sets: readonly ReadonlySet<DataClass>[]): string {
  const seen = sets.map((set) => (set.has(dataClass) ? "i" : isOneOf(set, dataClass) ? "m" : "-"));
  const all = [dataClass, ...impliedClasses[dataClass]];
  const about = all.includes("personal") ? "p" : all.includes("non-personal") ? "n" : "o";
  return `${about}${seen.join("")}`;
}

/** Every set of data classes anywhere in the value. */
export function classSets(value: unknown): readonly ReadonlySet<DataClass>[] {
  if (typeof value !== "object" || value === null) return [];
  if (value instanceof Map) return [new Set(value.keys() as Iterable<DataClass>)].filter(holdsClasses);
  if (value instanceof Set) return [value as ReadonlySet<DataClass>].filter(holdsClasses);
  return Object.values(value).flatMap(classSets);
}

/** Sectors that a rule names, and none: those that no rule tells apart together. */
export function sectorsAlike(laws: readonly LawPolicy[]): readonly Alike<string | null>[] {
  const sets = laws.flatMap(({ regimes }) => regimes.flatMap((regime) => sectorSets(regime)));
  const named = [...new Set(sets.flatMap((set) => [...set]))].toSorted();
  return group([null, ...named], (sector) =>
    sets.map((set) => (sector !== null && set.has(sector) ? "i" : "-")).join(""),
  );
}

/** Sets of other words among them hold no place, and tell none apart. */
function conditionSets(regime: Regime): readonly PlaceSet[] {
  const leaves = conditionsOf(regime).flatMap(leavesOf);
  return leaves.flatMap((leaf) => ("in" in leaf ? [leaf.in as PlaceSet] : []));
}

function sectorSets(regime: Regime): readonly ReadonlySet<string>[] {
  return conditionsOf(regime)
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.kind === "sector" ? [leaf.in] : []))
    .concat(regime.holes.flatMap(({ sectors }) => sectors ?? []));
}

/** What a regime can ask of a place where people or controllers are. */
function placeSets(regime: Regime): readonly PlaceSet[] {
  const holes = regime.holes.map(({ places }) => places);
  return [regime.covers, regime.home, ...holes, ...conditionSets(regime)];
}

function namedPlaces({ law, tenants }: Deployment): readonly Place[] {
  const sets = law.regimes.flatMap(placeSets);
  const zones = tenants.flatMap(({ facts }) => facts.requirements.map(({ zone }) => zone));
  const named = [
    // An excluded part, such as `!AE+DIFC`, is a place like any other.
    ...[...sets, ...zones].flatMap((set) => Array.from(set, (member) => member.replace("!", ""))),
    ...[...law.cells, ...law.endpoints].flatMap(({ computes, stores }) => [...computes, ...stores]),
    ...tenants.flatMap(({ facts }) => facts.subjectPlaces.map(({ value }) => value)),
    ...law.acceptances.map(({ place }) => place),
  ];
  return named.flatMap((code) => {
    const place = parsePlace(code);
    return place.ok ? [place.value] : [];
  });
}

function holdsClasses(set: ReadonlySet<DataClass>): boolean {
  return dataClasses.some((dataClass) => set.has(dataClass));
}

function group<Value>(
  values: readonly Value[],
  signatureOf: (value: Value) => string,
): readonly Alike<Value>[] {
  const groups = new Map<string, [Value, ...Value[]]>();
  for (const value of values) {
    const signature = signatureOf(value);
    const members = groups.get(signature);
    if (members) members.push(value);
    else groups.set(signature, [value]);
  }
  return [...groups.values()];
}

function distinct(sets: readonly PlaceSet[]): readonly PlaceSet[] {
  return [...new Map(sets.map((set) => [[...set].toSorted().join(" "), set])).values()];
}
