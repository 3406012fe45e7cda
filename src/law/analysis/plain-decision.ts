// A second, plain reading of the law, written apart from the engine: no cache, no reasons, no cleverness. `check` and the
// tests hold the engine against it, so it imports nothing of the engine but its types, and a change of the engine is made
// here again by hand, from the law and not from the other code.
import { type CellId, type EndpointId, parsePlace, type Place, type PlaceSet } from "../../base/index.ts";
import type { Operator, Siting } from "../endpoint.ts";
import type { DataClass, Facts } from "../facts.ts";
import type { LawPolicy } from "../law-policy.ts";
import type { LegalEvent, LegalTarget } from "../legal-event.ts";
import type { CertificationRule, Condition, Regime, Validity } from "../regime.ts";

export type PlainDecision =
  | { readonly kind: "unknown" }
  | {
      readonly kind: "decided";
      readonly endpoints: ReadonlySet<EndpointId>;
      readonly cells: ReadonlySet<CellId>;
    };

export function plainDecision(policy: LawPolicy, facts: Facts, nowMs: number): PlainDecision {
  if (!isLawKnown(policy, facts, nowMs)) return { kind: "unknown" };
  const given: Case = { policy, facts, nowMs, suspended: suspendedAt(policy.events ?? [], nowMs) };
  const endpoints = new Set<EndpointId>();
  const cells = new Set<CellId>();
  for (const cell of policy.cells) {
    if (!isLawful(cell, [cell.operator], given)) continue;
    for (const endpoint of policy.endpoints.filter((each) => each.cell === cell.id)) {
      const operators = [endpoint.operator, cell.operator];
      if (!isLawful(endpoint, operators, given, endpoint)) continue;
      endpoints.add(endpoint.id);
      cells.add(cell.id);
    }
  }
  return { kind: "decided", endpoints, cells };
}

/** Whether a condition may be true of these facts, with these operators on the way. */
export function plainlyMayHold(
  condition: Condition,
  facts: Facts,
  processorPlaces: readonly Place[],
): boolean {
  return truthValues(condition, facts, processorPlaces).has(true);
}

interface Case {
  readonly policy: LawPolicy;
  readonly facts: Facts;
  readonly nowMs: number;
  readonly suspended: readonly LegalTarget[];
}

/** What legal events suspend: those that are in force and that no lift in force takes back. */
function suspendedAt(events: readonly LegalEvent[], nowMs: number): readonly LegalTarget[] {
  const current = events.filter(({ validity }) => isCurrent(validity, nowMs));
  const lifted = current.map((event) => (event.act === "lift" ? event.lifts : null));
  return current.flatMap((event) =>
    event.act === "suspend" && !lifted.includes(event.id) ? [event.target] : [],
  );
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
  siting: Siting & { readonly id: string },
  processors: readonly Operator[],
  given: Case,
  endpoint?: { readonly evidence: string },
): boolean {
  const { policy, facts, nowMs, suspended } = given;
  const places = [...siting.computes, ...siting.stores];
  if (siting.computes.length === 0 || siting.stores.length === 0) return false;
  if (suspended.some((target) => isMet(target, siting))) return false;
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
    if (suspended.some(({ kind, name }) => kind === "regime" && name === regime.id)) return false;
    if (!allows(regime, siting, given)) return false;
  }
  return true;
}

/** Suspended regimes and mechanisms are met where they are read. */
function isMet({ kind, name }: LegalTarget, siting: Siting & { readonly id: string }): boolean {
  if (kind === "operator") return siting.operator.id === name;
  if (kind === "endpoint") return siting.id === name;
  if (kind !== "region") return false;
  const region = parsePlace(name);
  const places = [...siting.computes, ...siting.stores, ...siting.support];
  return !region.ok || places.some((place) => touches(place, new Set([region.value])));
}

function allows(regime: Regime, siting: Siting, given: Case): boolean {
  const { facts, nowMs, suspended } = given;
  const control = controllers(siting.operator, nowMs);
  const holds = (rule: CertificationRule | null): boolean =>
    rule === null || hasCertificate(rule, siting, given);
  for (const { denyControlFrom, allowControlFrom, requiresCertification } of regime.operatorConstraints) {
    if (control.some((home) => touches(home, denyControlFrom))) return false;
    if (allowControlFrom && !control.every((home) => isInside(home, allowControlFrom))) return false;
    if (!holds(requiresCertification)) return false;
  }
  if (regime.maxRetentionDays !== null && !((siting.retentionDays ?? Infinity) <= regime.maxRetentionDays))
    return false;
  if (regime.rule === "operator" || regime.rule === "terms") return true;

  const places = [...siting.computes, ...siting.stores];
  if (regime.remoteAccessCounts) {
    if (siting.support.length === 0) return false;
    places.push(...siting.support);
  }
  if (hasMechanism(regime, siting, given)) return true;
  if (regime.rule === "denylist" || regime.rule === "export_control") {
    return ![...places, ...control].some((place) => touches(place, regime.deniedDestinations));
  }
  const open = regime.freeDestinations
    .filter(
      ({ classes, validity, instrument, requiresCertification }) =>
        regime.rule === "conditional" &&
        !isSuspendedMechanism([instrument, instrument.replace(/ \([^)]*\)$/, "")], suspended) &&
        reachesAllClasses(classes, facts) &&
        isCurrent(validity, nowMs) &&
        holds(requiresCertification),
    )
    .map((destination) => destination.places);
  return places.every((place) => [regime.home, ...open].some((set) => isInside(place, set)));
}

function reachesAllClasses(classes: ReadonlySet<DataClass> | null, facts: Facts): boolean {
  return facts.classes.every(
    ({ value }) => value === "non-personal" || value === "anonymous" || !classes || classes.has(value),
  );
}

function hasCertificate(rule: CertificationRule, siting: Siting, { facts, nowMs }: Case): boolean {
  const words: string[] = [];
  for (const { value } of facts.classes) {
    for (const name of widen(value)) words.push(rule.scopeFor.get(name) ?? "");
  }
  return [...siting.certifications, ...siting.operator.certifications].some(
    ({ scheme, scope, validity }) =>
      scheme === rule.scheme &&
      isCurrent(validity, nowMs) &&
      words.every((word) => word === "" || scope.has(word)),
  );
}

/** Known by any of the names. */
function isSuspendedMechanism(names: readonly string[], suspended: readonly LegalTarget[]): boolean {
  return suspended.some(({ kind, name }) => kind === "mechanism" && names.includes(name));
}

function hasMechanism(regime: Regime, siting: Siting, { policy, facts, nowMs, suspended }: Case): boolean {
  return policy.mechanisms.some(
    ({ id, kind, from, to, documents, classes, validity }) =>
      !isSuspendedMechanism([id, kind], suspended) &&
      from === facts.exporter &&
      to === siting.operator.id &&
      isCurrent(validity, nowMs) &&
      reachesAllClasses(classes, facts) &&
      regime.mechanisms.some(
        (rule) =>
          rule.kind === kind &&
          rule.enabled &&
          reachesAllClasses(rule.classes, facts) &&
          (rule.requires === null ||
            isCertain(truthValues(rule.requires, facts, controllers(siting.operator, nowMs)))) &&
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

function attestedTruth(condition: AttestedCondition, { attested, classes }: Facts): Set<boolean> {
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
      return flagTruth(volume === undefined ? null : volume >= condition.count);
    }
    default:
      throw new Error("no such condition");
  }
}

function widen(name: DataClass): DataClass[] {
  if (name === "health" || name === "biometric" || name === "genetic") return [name, "special", "personal"];
  if (name === "anonymous") return [name, "non-personal"];
  const isAboutPeople = !["personal", "non-personal", "important-data", "government"].includes(name);
  return isAboutPeople ? [name, "personal"] : [name];
}

function flagTruth(value: boolean | null): Set<boolean> {
  return new Set(value === null ? [true, false] : [value]);
}

function isCertain(values: ReadonlySet<boolean>): boolean {
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
function isInside(place: Place, set: PlaceSet): boolean {
  const written: ReadonlySet<string> = set;
  const country = place.slice(0, 2);
  return written.has(place) || (written.has(country) && !written.has(`!${place}`));
}

function touches(place: Place, set: PlaceSet): boolean {
  if (isInside(place, set)) return true;
  for (const member of set) if (place.length === 2 && member.startsWith(place)) return true;
  return false;
}
