// Whether a regime may apply. Claims stand side by side and none is certain, so a condition is not true or false but
// may be true, may be false, or may be both. A regime whose condition may be true applies.
//
// INVARIANT: one more claim, requirement or operator never turns "may be" into "cannot be". So it can only add regimes,
// and never widens what is lawful. That is why `not` asks whether its operand may be false.
import { includesPlace, mayLieIn, type Place, unreachable } from "../base/index.ts";
import { type DataClass, type Facts, isOneOf } from "./facts.ts";
import type { Condition } from "./regime.ts";

/** What a condition may look at. */
export interface Circumstances {
  readonly facts: Facts;
  /** Homes of the operators on the way, and of whoever controls them. */
  readonly processorPlaces: readonly Place[];
}

export interface Possibility {
  readonly isPossible: boolean;
  /** The claims that decided it, one phrase each. */
  readonly because: readonly string[];
}

export function mayHold(condition: Condition, circumstances: Circumstances): Possibility {
  return possibility(condition, true, circumstances);
}

/** Whether the answer can differ between two endpoints for the same facts. */
export function looksAtProcessor(condition: Condition): boolean {
  if (condition.kind === "not") return looksAtProcessor(condition.of);
  if (condition.kind === "all" || condition.kind === "any") return condition.of.some(looksAtProcessor);
  return condition.kind === "processor_place";
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
      if (!wanted) return { isPossible: true, because: ["other citizenships cannot be ruled out"] };
      return ofPlaces("citizenship", facts.subjectCitizenships.map(labelled), { set: condition.in, wanted });
    case "sector":
      return ofSector(facts.sector, condition.in, wanted);
    case "data_class":
      return ofClasses(facts, condition.in, wanted);
    case "requires_level":
      // A tenant's wish may bring a rule in; it never puts one out of force.
      if (!wanted) return { isPossible: true, because: ["a requirement does not exempt from a rule"] };
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
  readonly set: ReadonlySet<Place>;
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

function witnessed(name: string, witnesses: readonly Labelled<string>[], wanted: boolean): Possibility {
  const verb = wanted ? "is listed" : "is not listed";
  if (witnesses.length === 0) return { isPossible: false, because: [`no ${name} ${verb}`] };
  const values = witnesses.map(({ value, basis }) =>
    basis === null ? `\`${value}\`` : `\`${value}\` (${basis})`,
  );
  return { isPossible: true, because: [`${name} ${values.join(", ")} ${verb}`] };
}

function everyOf(parts: readonly Possibility[]): Possibility {
  const impossible = parts.filter(({ isPossible }) => !isPossible);
  const deciding = impossible.length > 0 ? impossible : parts;
  return { isPossible: impossible.length === 0, because: deciding.flatMap(({ because }) => because) };
}

function someOf(parts: readonly Possibility[]): Possibility {
  const possible = parts.filter(({ isPossible }) => isPossible);
  const deciding = possible.length > 0 ? possible : parts;
  return { isPossible: possible.length > 0, because: deciding.flatMap(({ because }) => because) };
}
