// What the law can see of a request's facts. Requests of one tenant with one digest get the same decisions at all times,
// so that one of them is decided for all.
import { includesPlace } from "../../base/index.ts";
import { looksAtProcessor } from "../condition.ts";
import type { DataClass, Facts } from "../facts.ts";
import type { LawPolicy } from "../law-policy.ts";
import type { Condition, Regime } from "../regime.ts";
import { classSets, classSignature, conditionsOf } from "./alike.ts";
import type { Reading } from "./evaluators.ts";

export interface Digest {
  readonly text: string;
  /** Regimes that may apply by either reading, or whose law covers a claimed place: time matters through these alone. */
  readonly regimes: ReadonlySet<Regime>;
}

/**
 * A function from facts to their digest. INVARIANT: besides a regime's conditions, a request's places, citizenships,
 * sector and classes are seen only through `covers` and through the sets of classes of regimes that apply and of
 * declared mechanisms. All else that facts hold is the tenant's, and not compared here.
 */
export function digester(law: LawPolicy, readings: readonly Reading[]): (facts: Facts) => Digest {
  const views = law.regimes.map((regime) => viewOf(regime, readings));
  const declared = law.mechanisms.flatMap(classSets);
  const covered = coverView(law.regimes);
  return (facts) => {
    const seen = views.map((view) => view(facts));
    const parts = [covered(facts), classesAs(facts, declared), ...seen.map((part) => part.text)];
    const text = parts.join("|");
    return { text, regimes: new Set(law.regimes.filter((_, index) => seen[index]?.isRelevant === true)) };
  };
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
    const isCovering = facts.subjectPlaces.some(({ value }) => includesPlace(regime.covers, value));
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

/** Each claimed place and class must be covered by one regime together, so places are told apart by all `covers` at once. */
function coverView(regimes: readonly Regime[]): (facts: Facts) => string {
  const sets = regimes.flatMap(({ coversClasses }) => coversClasses ?? []);
  return (facts) => {
    const rows = facts.subjectPlaces.map(({ value }) =>
      regimes.map(({ covers }) => (includesPlace(covers, value) ? "1" : "0")).join(""),
    );
    return `${[...new Set(rows)].toSorted().join()},${classesAs(facts, sets)}`;
  };
}

function classesAs({ classes }: Facts, sets: readonly ReadonlySet<DataClass>[]): string {
  return [...new Set(classes.map(({ value }) => classSignature(value, sets)))].toSorted().join("");
}
