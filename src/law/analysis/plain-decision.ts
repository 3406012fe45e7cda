// A second, plain reading of the law, written apart from the engine: no cache, no reasons, no cleverness. `check` and the
// tests hold the engine against it, so it imports nothing of the engine but its types, and a change of the engine is made
// here again by hand, from the law and not from the other code.
import type { CellId, EndpointId, Place } from "../../base/index.ts";
import type { Operator, Siting } from "../endpoint.ts";
import type { DataClass, Facts } from "../facts.ts";
import type { LawPolicy } from "../law-policy.ts";
import type { Condition, Regime, Validity } from "../regime.ts";

export type PlainDecision =
  | { readonly kind: "unknown" }
  | {
      readonly kind: "decided";
      readonly endpoints: ReadonlySet<EndpointId>;
      readonly cells: ReadonlySet<CellId>;
    };

export function plainDecision(policy: LawPolicy, facts: Facts, nowMs: number): PlainDecision {
  if (!isLawKnown(policy, facts, nowMs)) return { kind: "unknown" };
  const endpoints = new Set<EndpointId>();
  const cells = new Set<CellId>();
  for (const endpoint of policy.endpoints) {
    const cell = policy.cells.find(({ id }) => id === endpoint.cell);
    if (!cell) continue;
    const isCellLawful = isLawful(cell, [cell.operator], { policy, facts, nowMs });
    const isEndpointLawful = isLawful(
      endpoint,
      [endpoint.operator, cell.operator],
      { policy, facts, nowMs },
      endpoint,
    );
    if (isCellLawful && isEndpointLawful) {
      endpoints.add(endpoint.id);
      cells.add(cell.id);
    }
  }
  return { kind: "decided", endpoints, cells };
}

interface Case {
  readonly policy: LawPolicy;
  readonly facts: Facts;
  readonly nowMs: number;
}

function isLawKnown({ regimes }: LawPolicy, facts: Facts, nowMs: number): boolean {
  if (facts.subjectPlaces.length * facts.controllerPlaces.length * facts.classes.length === 0) return false;
  const pairs = facts.subjectPlaces.flatMap((place) =>
    facts.classes.map((name) => [place.value, name.value] as const),
  );
  return pairs.every(([place, name]) =>
    regimes.some(
      ({ covers, coversClasses, effective: { untilMs } }) =>
        (untilMs === null || nowMs < untilMs) &&
        isInside(place, covers) &&
        (coversClasses === null || widen(name).some((wider) => coversClasses.has(wider))),
    ),
  );
}

function isLawful(
  siting: Siting,
  processors: readonly Operator[],
  { policy, facts, nowMs }: Case,
  endpoint?: { readonly evidence: string },
): boolean {
  const places = [...siting.computes, ...siting.stores];
  if (siting.computes.length === 0 || siting.stores.length === 0) return false;
  const processorPlaces = processors.flatMap((operator) => controllers(operator, nowMs));

  for (const { level, zone } of facts.requirements) {
    const asked = [...places];
    if (level !== "residency") asked.push(...controllers(siting.operator, nowMs));
    if (level === "full-stack") {
      if (siting.premises === null || siting.premises.length === 0) return false;
      asked.push(...siting.premises);
    }
    if (!asked.every((place) => isInside(place, zone))) return false;
  }

  for (const regime of policy.regimes) {
    if (!isCurrent(regime.effective, nowMs)) continue;
    if (!truthValues(regime.appliesWhen, facts, processorPlaces).has(true)) continue;
    // "E0" < "E4" as text too.
    if (endpoint && endpoint.evidence < regime.evidenceMin) return false;
    if (!allows(regime, siting, { policy, facts, nowMs })) return false;
  }
  return true;
}

function allows(regime: Regime, siting: Siting, { policy, facts, nowMs }: Case): boolean {
  const places = [...siting.computes, ...siting.stores];
  const control = controllers(siting.operator, nowMs);
  const denied = regime.operatorConstraints.flatMap(({ denyControlFrom }) => [...denyControlFrom]);
  if (control.some((home) => touches(home, new Set(denied)))) return false;

  if (regime.rule === "hard_local") return places.every((place) => isInside(place, regime.home));
  if (regime.rule === "denylist" || regime.rule === "export_control") {
    return ![...places, ...control].some((place) => touches(place, regime.deniedDestinations));
  }
  if (regime.rule !== "conditional") return true;

  const open = new Set(regime.home);
  for (const destination of regime.freeDestinations) {
    const { classes } = destination;
    const classesInScope = facts.classes.every(
      ({ value }) => value === "non-personal" || classes === null || classes.has(value),
    );
    if (classesInScope && isCurrent(destination.validity, nowMs))
      destination.places.forEach((place) => open.add(place));
  }
  return (
    places.every((place) => isInside(place, open)) || hasMechanism(regime, siting, { policy, facts, nowMs })
  );
}

function hasMechanism(regime: Regime, siting: Siting, { policy, facts, nowMs }: Case): boolean {
  return policy.mechanisms.some(
    ({ kind, from, to, documents, validity }) =>
      from === facts.exporter &&
      to === siting.operator.id &&
      isCurrent(validity, nowMs) &&
      regime.mechanisms.some(
        (rule) =>
          rule.kind === kind &&
          rule.enabled &&
          rule.documents.every((name) => (documents[name] ?? "") !== ""),
      ),
  );
}

function controllers({ home, parents }: Operator, nowMs: number): Place[] {
  return [home, ...parents.filter(({ validity }) => isCurrent(validity, nowMs)).map((parent) => parent.home)];
}

function isCurrent({ fromMs, untilMs }: Validity, nowMs: number): boolean {
  return (fromMs ?? -Infinity) <= nowMs && nowMs < (untilMs ?? Infinity);
}

/** Both values are possible where claims differ, or where a claim is coarser than the rule. */
function truthValues(condition: Condition, facts: Facts, processorPlaces: readonly Place[]): Set<boolean> {
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
    case "requires_level":
      return new Set([false, facts.requirements.some(({ level }) => condition.in.has(level))]);
    case "sector":
      return new Set([facts.sector !== null && condition.in.has(facts.sector)]);
    case "data_class":
      return new Set(facts.classes.map(({ value }) => widen(value).some((name) => condition.in.has(name))));
    default:
      throw new Error("no such condition");
  }
}

function widen(name: DataClass): DataClass[] {
  if (name === "health" || name === "biometric" || name === "genetic") return [name, "special", "personal"];
  return name === "special" || name === "financial" ? [name, "personal"] : [name];
}

function placeTruth(places: readonly Place[], set: ReadonlySet<Place>): Set<boolean> {
  const values = new Set<boolean>();
  for (const place of places) {
    if (touches(place, set)) values.add(true);
    if (!isInside(place, set)) values.add(false);
  }
  return values;
}

function isInside(place: Place, set: ReadonlySet<Place>): boolean {
  return [...set].some(
    (member) => place === member || place.startsWith(`${member}-`) || place.startsWith(`${member}+`),
  );
}

function touches(place: Place, set: ReadonlySet<Place>): boolean {
  return isInside(place, set) || [...set].some((member) => isInside(member, new Set([place])));
}
