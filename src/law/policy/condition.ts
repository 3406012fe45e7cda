// Whether a regime may apply. Claims stand side by side and none is certain, so a condition is not true or false but
// may be true, may be false, or may be both. A regime whose condition may be true applies.
//
// INVARIANT: one more claim, requirement or operator never turns "may be" into "cannot be". So it can only add regimes,
// and never widens what is lawful. That is why `not` asks whether its operand may be false.
import { includesPlace, mayLieIn, type Place, type PlaceSet, unreachable } from "../../base/index.ts";
import { type Attestations, type DataClass, type Facts, isOneOf } from "./facts.ts";
import type { VolumeCondition } from "./counter.ts";
import type { Condition } from "./regime.ts";

/** What a condition may look at. */
export interface Circumstances {
  readonly facts: Facts;
  /** Homes of the operators on the way, and of whoever controls them. */
  readonly processorPlaces: readonly Place[];
}

export interface Possibility {
  readonly isPossible: boolean;
  /** The claims that decided it, one phrase each. Made when asked for: a decision needs none of them. */
  readonly because: () => readonly string[];
  /** Facts that nobody stated, without which it would perhaps not be possible. Empty where what was stated suffices. */
  readonly unsaid: readonly string[];
}

export function mayHold(condition: Condition, circumstances: Circumstances): Possibility {
  return possibility(condition, true, circumstances);
}

export function mayNotHold(condition: Condition, circumstances: Circumstances): Possibility {
  return possibility(condition, false, circumstances);
}

/** Whether the answer can differ between two endpoints for the same facts. */
export function looksAtProcessor(condition: Condition): boolean {
  if (condition.kind === "not") return looksAtProcessor(condition.of);
  if (condition.kind === "all" || condition.kind === "any") return condition.of.some(looksAtProcessor);
  return condition.kind === "processor_place";
}

/** Whether it can hold only because a tenant wishes for something. */
export function looksAtWish(condition: Condition): boolean {
  if (condition.kind === "all") return condition.of.some(looksAtWish);
  return condition.kind === "requires_level";
}

/** Whether the condition may have the truth value `wanted`. */
function possibility(condition: Condition, wanted: boolean, circumstances: Circumstances): Possibility {
  const { facts, processorPlaces } = circumstances;
  switch (condition.kind) {
    case "all":
    case "any": {
      const parts = condition.of.map((part) => possibility(part, wanted, circumstances));
      return (condition.kind === "all") === wanted ? everyOf(parts) : someOf(parts);
    }
    case "not":
      return possibility(condition.of, !wanted, circumstances);
    case "subject_place":
      return ofPlaces("subject place", facts.subjectPlaces.map(labelled), { set: condition.in, wanted });
    case "controller_place":
      return ofPlaces("controller place", facts.controllerPlaces.map(plain), { set: condition.in, wanted });
    case "processor_place":
      return ofPlaces("processor place", processorPlaces.map(plain), { set: condition.in, wanted });
    case "subject_citizenship":
      // Nobody's list of citizenships is known to be complete, so no claim shows that one is absent.
      if (!wanted) return possible("other citizenships cannot be ruled out");
      return ofPlaces("citizenship", facts.subjectCitizenships.map(labelled), { set: condition.in, wanted });
    case "subject_residence": {
      const residences = [...facts.subjectResidences, ...facts.subjectPlaces];
      return ofPlaces("residence", residences.map(labelled), { set: condition.in, wanted });
    }
    case "targeted_place":
      return ofTargets(facts.attested, condition.in, wanted);
    case "minor":
      return ofMinors(facts, wanted);
    case "employment":
      return ofFlag("employment context", facts.attested.employment, wanted);
    case "controller_status":
      return ofStatuses(facts.attested, condition.in, wanted);
    case "purpose":
      return ofPurposes(facts.attested, condition.in, wanted);
    case "volume_at_least":
      return ofVolume(facts, condition, wanted);
    case "sector":
      return ofSector(facts.sector, condition.in, wanted);
    case "data_class":
      return ofClasses(facts, condition.in, wanted);
    case "requires_level":
      // A tenant's wish may bring a rule in; it never puts one out of force.
      if (!wanted) return possible("a requirement does not exempt from a rule");
      return witnessed(
        "required level",
        facts.requirements.filter(({ level }) => condition.in.has(level)).map(({ level }) => plain(level)),
        wanted,
      );
    default:
      return unreachable(condition);
  }
}

interface Labelled<Value> {
  readonly value: Value;
  readonly basis: string | null;
}

function labelled<Value>(claim: Labelled<Value>): Labelled<Value> {
  return claim;
}

function plain<Value>(value: Value): Labelled<Value> {
  return { value, basis: null };
}

interface PlaceQuestion {
  readonly set: PlaceSet;
  readonly wanted: boolean;
}

function ofPlaces(name: string, places: readonly Labelled<Place>[], question: PlaceQuestion): Possibility {
  const { set, wanted } = question;
  const isWitness = ({ value }: Labelled<Place>): boolean =>
    wanted ? mayLieIn(set, value) : !includesPlace(set, value);
  return witnessed(name, places.filter(isWitness), wanted);
}

/** No declared sector is taken as none of the listed: a sector is a status that the tenant's contract states. */
function ofSector(sector: string | null, set: ReadonlySet<string>, wanted: boolean): Possibility {
  const isListed = sector !== null && set.has(sector);
  return witnessed("sector", isListed === wanted ? [plain(sector ?? "none declared")] : [], wanted);
}

function ofClasses({ classes }: Facts, set: ReadonlySet<DataClass>, wanted: boolean): Possibility {
  return witnessed(
    "data class",
    classes.filter(({ value }) => isOneOf(set, value) === wanted),
    wanted,
  );
}

/** Data about children says that there are minors, whatever else is said. */
function ofMinors({ classes, attested }: Facts, wanted: boolean): Possibility {
  const hasChildren = classes.some(({ value }) => value === "children");
  return hasChildren && wanted
    ? possible("there is data about children")
    : ofFlag("minors", attested.minors, wanted);
}

function ofFlag(name: string, value: boolean | null, wanted: boolean): Possibility {
  if (value === null) return unstated(name);
  return { isPossible: value === wanted, because: () => [`${name}: ${value ? "yes" : "no"}`], unsaid: [] };
}

/** A standing of the controller may bring a rule in; it never puts one out of force. */
function ofStatuses({ statuses }: Attestations, set: ReadonlySet<string>, wanted: boolean): Possibility {
  if (!wanted) return possible("a status does not exempt from a rule");
  if (statuses === null) return unstated("controller status");
  return witnessed("controller status", statuses.filter((status) => set.has(status)).map(plain), wanted);
}

function ofPurposes({ purposes }: Attestations, set: ReadonlySet<string>, wanted: boolean): Possibility {
  if (purposes === null || purposes.length === 0) return unstated("purpose");
  return witnessed("purpose", purposes.filter((purpose) => set.has(purpose) === wanted).map(plain), wanted);
}

/** Who does not say whom it is aimed at may be aimed at anybody. */
function ofTargets({ targets }: Attestations, set: PlaceSet, wanted: boolean): Possibility {
  if (targets === null) return unstated("targets");
  const question = { set, wanted };
  // Aimed at nobody anywhere: there is no place that could be a witness, and so it is not aimed at any of the set.
  if (targets.length === 0 && !wanted) return possible("it is aimed at nobody");
  return ofPlaces("target", targets.map(plain), question);
}

/**
 * The people of this request are counted too: the one that comes to the threshold is the first that is over it. Where one
 * claim says that it holds what is counted and another does not, it may be either. So it is with what the cell counted:
 * all of it may come to the threshold, and none of it keeps what is attested from being below.
 */
function ofVolume(facts: Facts, { counter, count, of }: VolumeCondition, wanted: boolean): Possibility {
  const name = `volume \`${counter}\``;
  const attested = ownNumber(facts.attested.volumes, counter);
  if (attested === undefined) return unstated(name);
  const sent = wanted ? (ownNumber(facts.counted, counter) ?? 0) : 0;
  const volume = attested + sent;
  const counted = new Set(facts.classes.map(({ value }) => of === null || isOneOf(of, value)));
  const totals = [...counted].map((adds) => ({ adds, total: volume + (adds ? facts.persons : 0) }));
  // NaN would compare as "below": a threshold that is never reached. It is an error instead, hence a refusal.
  const wrong = totals.find(({ total }) => !Number.isFinite(total));
  if (wrong) throw new RangeError(`${name} is \`${wrong.total}\`, not a number`);
  const witness = totals.find(({ total }) => total >= count === wanted);
  const because = (): readonly string[] => {
    const { adds } = witness ?? { adds: counted.has(true) };
    const parts = [
      String(attested),
      ...(sent > 0 ? [`at least ${sent} that this cell may have sent`] : []),
      ...(adds ? [`${facts.persons} of this request`] : []),
    ];
    const isReached = (witness !== undefined) === wanted;
    return [`${name} is ${parts.join(" and ")}, ${isReached ? "at least" : "below"} ${count}`];
  };
  return { isPossible: witness !== undefined, because, unsaid: [] };
}

function ownNumber(record: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function possible(because: string): Possibility {
  return { isPossible: true, because: () => [because], unsaid: [] };
}

function unstated(name: string): Possibility {
  return { isPossible: true, because: () => [`${name} is not stated`], unsaid: [name] };
}

function witnessed(name: string, witnesses: readonly Labelled<string>[], wanted: boolean): Possibility {
  const verb = wanted ? "is listed" : "is not listed";
  const because = (): readonly string[] => {
    if (witnesses.length === 0) return [`no ${name} ${verb}`];
    const values = witnesses.map(({ value, basis }) =>
      basis === null ? `\`${value}\`` : `\`${value}\` (${basis})`,
    );
    return [`${name} ${values.join(", ")} ${verb}`];
  };
  return { isPossible: witnesses.length > 0, because, unsaid: [] };
}

function everyOf(parts: readonly Possibility[]): Possibility {
  const impossible = parts.filter(({ isPossible }) => !isPossible);
  const deciding = impossible.length > 0 ? impossible : parts;
  return {
    isPossible: impossible.length === 0,
    because: () => deciding.flatMap(({ because }) => because()),
    unsaid: impossible.length === 0 ? parts.flatMap(({ unsaid }) => unsaid) : [],
  };
}

function someOf(parts: readonly Possibility[]): Possibility {
  const holding = parts.filter(({ isPossible }) => isPossible);
  const deciding = holding.length > 0 ? holding : parts;
  // One part that holds by what was stated suffices.
  const isStated = holding.some(({ unsaid }) => unsaid.length === 0);
  return {
    isPossible: holding.length > 0,
    because: () => deciding.flatMap(({ because }) => because()),
    unsaid: isStated ? [] : holding.flatMap(({ unsaid }) => unsaid),
  };
}
