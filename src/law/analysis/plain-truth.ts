// The conditions of the plain reading (plain-decision.ts): which truth values each may have. Written apart from the engine.
import type { Place, PlaceSet } from "../../base/index.ts";
import type { DataClass, Facts } from "../policy/facts.ts";
import type { Condition } from "../policy/regime.ts";

/** Whether a condition may be true of these facts, with these operators on the way. */
export function plainlyMayHold(
  condition: Condition,
  facts: Facts,
  processorPlaces: readonly Place[],
): boolean {
  return truthValues(condition, facts, processorPlaces).has(true);
}

/** Both values are possible where claims differ, or where a claim is coarser than the rule. */
export function truthValues(
  condition: Condition,
  facts: Facts,
  processorPlaces: readonly Place[],
): Set<boolean> {
  const of = (part: Condition): Set<boolean> => truthValues(part, facts, processorPlaces);
  switch (condition.kind) {
    case "not":
      return new Set([...of(condition.of)].map((value) => !value));
    case "all":
    case "any": {
      const parts = condition.of.map(of);
      const [some, every] = condition.kind === "any" ? [true, false] : [false, true];
      const values = new Set<boolean>();
      if (parts.some((values) => values.has(some))) values.add(some);
      if (parts.every((values) => values.has(every))) values.add(every);
      return values;
    }
    case "subject_place":
      return placeTruth(
        facts.subjectPlaces.map(({ value }) => value),
        condition.in,
      );
    case "controller_place":
      return placeTruth(facts.controllerPlaces, condition.in);
    case "processor_place":
      return placeTruth(processorPlaces, condition.in);
    case "subject_citizenship":
      return placeTruth(
        facts.subjectCitizenships.map(({ value }) => value),
        condition.in,
      ).add(false);
    case "subject_residence":
      return placeTruth(
        [...facts.subjectPlaces, ...facts.subjectResidences].map(({ value }) => value),
        condition.in,
      );
    case "requires_level":
      return new Set([false, facts.requirements.some(({ level }) => condition.in.has(level))]);
    case "sector":
      return new Set([facts.sector !== null && condition.in.has(facts.sector)]);
    case "data_class":
      return new Set(facts.classes.map(({ value }) => widen(value).some((name) => condition.in.has(name))));
    case "targeted_place": {
      const { targets } = facts.attested;
      if (targets === null) return new Set([true, false]);
      return targets.length === 0 ? new Set([false]) : placeTruth(targets, condition.in);
    }
    case "minor":
    case "employment":
    case "controller_status":
    case "purpose":
    case "volume_at_least":
      return attestedTruth(condition, facts);
    default:
      throw new Error("no such condition");
  }
}

type AttestedKind = "minor" | "employment" | "controller_status" | "purpose" | "volume_at_least";
type AttestedCondition = Extract<Condition, { readonly kind: AttestedKind }>;

function attestedTruth(condition: AttestedCondition, facts: Facts): Set<boolean> {
  const { attested, classes, persons } = facts;
  switch (condition.kind) {
    case "minor": {
      const values = flagTruth(attested.minors);
      return classes.some(({ value }) => value === "children") ? values.add(true) : values;
    }
    case "employment":
      return flagTruth(attested.employment);
    case "controller_status": {
      const { statuses } = attested;
      return new Set([false, statuses === null || statuses.some((status) => condition.in.has(status))]);
    }
    case "purpose": {
      const purposes = attested.purposes ?? [];
      if (purposes.length === 0) return new Set([true, false]);
      return new Set(purposes.map((purpose) => condition.in.has(purpose)));
    }
    case "volume_at_least": {
      const volume = new Map(Object.entries(attested.volumes)).get(condition.counter);
      if (volume === undefined) return flagTruth(null);
      const more = classes.map(({ value }) =>
        condition.of === null || widen(value).some((wider) => condition.of?.has(wider)) ? persons : 0,
      );
      const sent = new Map(Object.entries(facts.counted)).get(condition.counter) ?? 0;
      const totals = more.flatMap((people) => [volume + people, volume + people + sent]);
      return new Set(totals.map((total) => total >= condition.count));
    }
    default:
      throw new Error("no such condition");
  }
}

export function widen(name: DataClass): DataClass[] {
  if (name === "health" || name === "biometric" || name === "genetic") return [name, "special", "personal"];
  if (name === "anonymous") return [name, "non-personal"];
  const isAboutPeople = !["personal", "non-personal", "important-data", "government"].includes(name);
  return isAboutPeople ? [name, "personal"] : [name];
}

function flagTruth(value: boolean | null): Set<boolean> {
  return new Set(value === null ? [true, false] : [value]);
}

export function isCertain(values: ReadonlySet<boolean>): boolean {
  return values.has(true) && !values.has(false);
}

function placeTruth(places: readonly Place[], set: PlaceSet): Set<boolean> {
  const values = new Set<boolean>();
  for (const place of places) {
    if (touches(place, set)) values.add(true);
    if (!isInside(place, set)) values.add(false);
  }
  return values;
}

/** `!AE+DIFC` in a set takes that part out of `AE`. */
export function isInside(place: Place, set: PlaceSet): boolean {
  const written: ReadonlySet<string> = set;
  const country = place.slice(0, 2);
  return written.has(place) || (written.has(country) && !written.has(`!${place}`));
}

export function touches(place: Place, set: PlaceSet): boolean {
  if (isInside(place, set)) return true;
  // `AE+DIFC` is a law of its own, and no part of what is meant by `AE`.
  for (const member of set)
    if (place.length === 2 && member.startsWith(place) && member[2] !== "+") return true;
  return false;
}
