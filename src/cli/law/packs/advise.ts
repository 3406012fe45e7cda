// Which packs a policy should pin, for facts that its author gives, and why.
import { includesPlace, mayLieIn, type Place } from "../../../base/index.ts";
import {
  type Condition,
  type DataClass,
  isOneOf,
  type Regime,
  type RequirementLevel,
} from "../../../law/index.ts";

export interface AdviceFacts {
  /** Where controllers are established, where subjects are, and from where operators are controlled. */
  readonly controllers: readonly Place[];
  readonly subjects: readonly Place[];
  readonly operators: readonly Place[];
  readonly classes: readonly DataClass[];
  readonly sector: string | null;
  /** What the tenants require beside the law. */
  readonly levels: readonly string[];
}

export interface Advice {
  readonly pack: string;
  readonly title: string;
  readonly why: readonly string[];
  /** Without it requests are refused, or go where they must not: what it says of places, or of who may run a machine. */
  readonly isNeeded: boolean;
  /** What else would have to be so, one of them; empty: it is to be pinned. */
  readonly ifs: readonly string[];
}

/** In the order of `packs`. A pack that hangs on a status or a purpose is named, with what it hangs on. */
export function advise(facts: AdviceFacts, packs: readonly Regime[]): readonly Advice[] {
  return packs.flatMap((regime): readonly Advice[] => {
    const covering = coveringReasons(regime, facts);
    const ways = waysToApply(regime.appliesWhen, facts);
    const isApplying = ways.some((way) => way.length === 0);
    const ifs =
      covering.length > 0 || isApplying
        ? []
        : [...new Set(ways.map((way) => [...new Set(way)].join(" and ")))];
    const why = [...covering, ...(isApplying ? ["applies to these facts"] : [])];
    if (why.length === 0 && ifs.length === 0) return [];
    const isNeeded = covering.length > 0 || (isApplying && bindsPlaces(regime));
    return [{ pack: regime.id, title: regime.title, why, isNeeded, ifs }];
  });
}

/** Duties bar no place, and a catalogue of criteria binds whoever has chosen it. */
function bindsPlaces({ rule, appliesWhen }: Regime): boolean {
  return rule !== "terms" && (rule !== "operator" || asksForLevel(appliesWhen));
}

function asksForLevel(condition: Condition): boolean {
  if (condition.kind === "all" || condition.kind === "any") return condition.of.some(asksForLevel);
  return condition.kind === "requires_level";
}

function coveringReasons({ covers, coversClasses }: Regime, facts: AdviceFacts): readonly string[] {
  const isAsked = coversClasses === null || facts.classes.some((each) => isOneOf(coversClasses, each));
  if (!isAsked) return [];
  const people = [...new Set([...facts.controllers, ...facts.subjects])].filter((place) =>
    includesPlace(covers, place),
  );
  return people.map(
    (place) => `states the law of \`${place}\` for the data, without which requests are refused`,
  );
}

/**
 * Ways in which it may apply, each with what else would have to be so, in words: an empty one where the facts alone will do,
 * none where it cannot.
 */
function waysToApply(condition: Condition, facts: AdviceFacts): readonly (readonly string[])[] {
  switch (condition.kind) {
    case "all":
      return condition.of
        .map((part) => waysToApply(part, facts))
        .reduce((ways, more) => ways.flatMap((way) => more.map((each) => [...way, ...each])), always);
    case "any":
      return condition.of.flatMap((part) => waysToApply(part, facts));
    case "subject_place":
    case "subject_residence":
    case "targeted_place":
      return onlyIf(facts.subjects.some((place) => mayLieIn(condition.in, place)));
    case "controller_place":
      return onlyIf(facts.controllers.some((place) => mayLieIn(condition.in, place)));
    case "processor_place":
      return onlyIf(facts.operators.some((place) => mayLieIn(condition.in, place)));
    case "data_class":
      return onlyIf(facts.classes.some((each) => isOneOf(condition.in, each)));
    case "sector":
      return onlyIf(facts.sector !== null && condition.in.has(facts.sector));
    case "requires_level":
      return onlyIf(facts.levels.some((level) => condition.in.has(level as RequirementLevel)));
    case "controller_status":
    case "purpose":
      return [[`${condition.kind.replace("_", " ")} is ${[...condition.in].join(" or ")}`]];
    case "subject_citizenship":
      return [];
    case "volume_at_least":
      return [[`${condition.counter} comes to ${condition.count}`]];
    case "minor":
    case "employment":
      return [[condition.kind]];
    case "not":
      return always;
    default:
      return condition satisfies never;
  }
}

const always: readonly (readonly string[])[] = [[]];

function onlyIf(isSo: boolean): readonly (readonly string[])[] {
  return isSo ? always : [];
}
