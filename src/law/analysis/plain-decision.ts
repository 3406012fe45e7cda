// A second, plain reading of the law, written apart from the engine: no cache, no reasons, no cleverness. `check` and the
// tests hold the engine against it, so it imports nothing of the engine but its types, and a change of the engine is made
// here again by hand, from the law and not from the other code.
import {
  type CellId,
  type EndpointId,
  type InstantMs,
  parsePlace,
  type Place,
  type PlaceSet,
} from "../../base/index.ts";
import { isCertain, isInside, touches, truthValues, widen } from "./plain-truth.ts";
import type { Operator, Siting } from "../policy/endpoint.ts";
import type { DataClass, Facts } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { LegalEvent, LegalTarget } from "../policy/legal-event.ts";
import type {
  CertificationRule,
  DeclaredDocument,
  DeclaredMechanism,
  MechanismRule,
  Regime,
  Validity,
} from "../policy/regime.ts";

export type PlainDecision =
  | { readonly kind: "unknown" }
  | {
      readonly kind: "decided";
      readonly endpoints: ReadonlySet<EndpointId>;
      readonly cells: ReadonlySet<CellId>;
    };

export function plainDecision(policy: LawPolicy, facts: Facts, nowMs: InstantMs): PlainDecision {
  if (!isLawKnown(policy, facts, nowMs)) return { kind: "unknown" };
  const given: Case = {
    policy,
    facts,
    nowMs,
    suspended: suspendedAt(policy.events ?? [], nowMs),
    inForce: policy.regimes.filter(({ effective }) => isCurrent(effective, nowMs)),
    answers: new Map(),
  };
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

interface Case {
  readonly policy: LawPolicy;
  readonly facts: Facts;
  readonly nowMs: InstantMs;
  readonly suspended: readonly LegalTarget[];
  readonly inForce: readonly Regime[];
  /** Whether a regime may apply with operators of these homes on the way. */
  readonly answers: Map<string, readonly Regime[]>;
}

function applying({ facts, inForce, answers }: Case, homes: readonly Place[]): readonly Regime[] {
  const key = [...new Set(homes)].toSorted().join();
  const known = answers.get(key);
  if (known) return known;
  const found = inForce.filter(({ appliesWhen }) => truthValues(appliesWhen, facts, homes).has(true));
  answers.set(key, found);
  return found;
}

/** What legal events suspend: those that are in force and that no lift in force takes back. */
function suspendedAt(events: readonly LegalEvent[], nowMs: InstantMs): readonly LegalTarget[] {
  const current = events.filter(({ validity }) => isCurrent(validity, nowMs));
  const lifted = current.map((event) => (event.act === "lift" ? event.lifts : null));
  return current.flatMap((event) =>
    event.act === "suspend" && !lifted.includes(event.id) ? [event.target] : [],
  );
}

function isLawKnown({ regimes, acceptances }: LawPolicy, facts: Facts, nowMs: InstantMs): boolean {
  const classes = facts.classes.map(({ value }) => value);
  const people = facts.subjectPlaces.map(({ value }) => value);
  const isAboutThings = !classes.some((name) => widen(name).includes("personal"));
  if (classes.length === 0 || facts.controllerPlaces.length === 0) return false;
  if (people.length === 0 && !isAboutThings) return false;
  const read = regimes.filter(({ effective: { untilMs } }) => untilMs === null || nowMs < untilMs);
  const known = read.filter(({ effective, before }) => before === "nothing" || isCurrent(effective, nowMs));
  const accepted = acceptances.filter(({ validity }) => isCurrent(validity, nowMs)).map(({ place }) => place);
  return [...people, ...facts.controllerPlaces]
    .filter((place) => !accepted.includes(place))
    .filter((place) => place.includes("+") || !accepted.some((each) => isInside(place, new Set([each]))))
    .every(
      (place) =>
        classes.every((name) =>
          known.some(
            ({ covers, coversClasses }) =>
              isInside(place, covers) &&
              (coversClasses === null || widen(name).some((wider) => coversClasses.has(wider))),
          ),
        ) && !fallsIntoHole(place, facts, known, read),
    );
}

function fallsIntoHole(
  place: Place,
  { sector, classes, controllerPlaces }: Facts,
  known: readonly Regime[],
  read: readonly Regime[],
): boolean {
  for (const hole of known.flatMap((regime) => regime.holes)) {
    const isHere =
      isInside(place, hole.places) &&
      (hole.sectors === null || (hole.sectors.has(sector ?? "") && controllerPlaces.includes(place))) &&
      (hole.classes === null ||
        classes.some(({ value }) => widen(value).some((wider) => hole.classes?.has(wider))));
    if (isHere && read.every(({ id }) => id !== hole.filledBy)) return true;
  }
  return false;
}

function isLawful(
  siting: Siting & { readonly id: string },
  processors: readonly Operator[],
  given: Case,
  endpoint?: { readonly evidence: string },
): boolean {
  const { facts, nowMs, suspended } = given;
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

  for (const regime of applying(given, processorPlaces)) {
    // "E0" < "E4" as text too.
    if (endpoint && endpoint.evidence < regime.evidenceMin) return false;
    if (suspended.some(({ kind, name }) => kind === "regime" && name === regime.id)) return false;
    if (!allows(regime, siting, given)) return false;
  }
  return true;
}

/** Suspended regimes and mechanisms are met where they are read. */
function isMet({ kind, name }: LegalTarget, siting: Siting & { readonly id: string }): boolean {
  if (kind === "operator" || kind === "group") {
    const { id, controlledBy, subprocessors, controls } = siting.operator;
    const bound = [id, ...controlledBy, ...subprocessors, ...(kind === "operator" ? [] : controls)];
    return bound.includes(name);
  }
  if (kind === "endpoint") return siting.id === name;
  if (kind !== "region") return false;
  const region = parsePlace(name);
  const places = [...siting.computes, ...siting.stores, ...siting.support.map((access) => access.place)];
  for (const { home, isOwner } of siting.operator.recipients) if (!isOwner) places.push(home);
  return !region.ok || places.some((place) => touches(place, new Set([region.value])));
}

function allows(regime: Regime, siting: Siting, given: Case): boolean {
  const { nowMs } = given;
  const control = controllers(siting.operator, nowMs);
  const unowned = controllers({ ...siting.operator, parents: [] }, nowMs);
  for (const constraint of regime.operatorConstraints) {
    const { denyControlFrom, allowControlFrom, exceptHome } = constraint;
    const homes = isInside(siting.operator.home, exceptHome) ? unowned : control;
    if (homes.some((home) => touches(home, denyControlFrom))) return false;
    if (allowControlFrom && !homes.every((home) => isInside(home, allowControlFrom))) return false;
    const rule = constraint.requiresCertification;
    if (rule !== null && !hasCertificate(rule, siting, given)) return false;
  }
  if (regime.maxRetentionDays !== null && !((siting.retentionDays ?? Infinity) <= regime.maxRetentionDays))
    return false;
  if (!hasContracts(regime, siting, given)) return false;
  if (regime.rule === "operator" || regime.rule === "terms") return true;

  const accesses = siting.support.filter(
    ({ by }) => regime.remoteAccess.size > 0 && (by === null || regime.remoteAccess.has(by)),
  );
  if (regime.remoteAccess.size > 0 && siting.support.length === 0) return false;
  const others = regime.remoteAccess.has("separate-company") ? siting.operator.recipients : [];
  const places = [
    ...held(regime, siting),
    ...accesses.map(({ place }) => place),
    ...others.filter(({ isOwner }) => !isOwner).map(({ home }) => home),
  ];
  if (regime.rule === "denylist" || regime.rule === "export_control") {
    const homes = isInside(siting.operator.home, regime.deniedControlExcept) ? unowned : control;
    const denied = places.filter((place) => touches(place, regime.deniedDestinations));
    const owners = homes.filter((home) => touches(home, regime.deniedDestinations)).slice(0, 1);
    const closed = denied.length > 0 ? denied : owners;
    return closed.every((place) => hasMechanism(regime, siting, { ...given, place }));
  }
  const open = regime.rule === "conditional" ? openDestinations(regime, siting, given) : [];
  return places.every(
    (place) =>
      [regime.home, ...open].some((set) => isInside(place, set)) ||
      hasMechanism(regime, siting, { ...given, place }),
  );
}

/** Where the law of storage asks alone, what is soon gone is nowhere. */
function held(
  { governs, transientDays }: Regime,
  { computes, stores, retentionDays }: Siting,
): readonly Place[] {
  if (governs === "processing") return [...computes, ...stores];
  const isShort = transientDays !== null && retentionDays !== null && !(retentionDays > transientDays);
  return isShort ? [] : stores;
}

/** Silence on contracts is no refusal; a list of them that leaves one out is. */
function hasContracts(regime: Regime, siting: Siting, given: Case): boolean {
  const { facts, nowMs } = given;
  if (siting.operator.id === facts.exporter) return true;
  const { contracts: general } = siting.operator;
  if (general === null && siting.contracts === null) return true;
  const there = [...(general ?? []), ...(siting.contracts ?? [])].filter(({ validity }) =>
    isCurrent(validity, nowMs),
  );
  const homes = controllers(siting.operator, nowMs);
  return regime.contracts
    .filter(({ when }) => when === null || truthValues(when, facts, homes).has(true))
    .every(
      ({ contract, metBy }) =>
        there.some((each) => each.contract === contract) ||
        toolsBetween(regime, siting, given).some(({ rule }) => metBy.has(rule.kind)),
    );
}

function openDestinations(regime: Regime, siting: Siting, given: Case): readonly PlaceSet[] {
  const { facts, nowMs, suspended } = given;
  return regime.freeDestinations
    .filter(
      ({ classes, exceptClasses, validity, instrument, requiresCertification, requiresStanding }) =>
        !isSuspendedMechanism(namesOf(instrument), suspended) &&
        reachesAllClasses(classes, facts) &&
        !facts.classes.some(({ value }) => widen(value).some((wider) => exceptClasses.has(wider))) &&
        isCurrent(validity, nowMs) &&
        (requiresStanding === null || (siting.operator.standings ?? new Set()).has(requiresStanding)) &&
        (requiresCertification === null || hasCertificate(requiresCertification, siting, given)),
    )
    .map((destination) => destination.places);
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

/** An event may call it by any of the names. */
function isSuspendedMechanism(names: readonly string[], suspended: readonly LegalTarget[]): boolean {
  return suspended.some(({ kind, name }) => kind === "mechanism" && names.includes(name));
}

function hasMechanism(regime: Regime, siting: Siting, given: Case & { readonly place: Place }): boolean {
  const { facts, nowMs, place } = given;
  return toolsBetween(regime, siting, given).some(
    ({ rule, declared }) =>
      (rule.places === null || isInside(place, rule.places)) &&
      (rule.requires === null ||
        isCertain(truthValues(rule.requires, facts, controllers(siting.operator, nowMs)))) &&
      rule.documents.every((name) => opens(declared.documents[name], place, nowMs)),
  );
}

interface Tool {
  readonly rule: MechanismRule;
  readonly declared: DeclaredMechanism;
}

/** Tools that stand between the two for such data, wherever it goes. */
function toolsBetween(regime: Regime, siting: Siting, { policy, facts, nowMs, suspended }: Case): Tool[] {
  const importer = siting.operator.home;
  const rules = regime.mechanisms.filter(
    ({ enabled, instrument, classes, importers, isForImportersAbroad, exporterRole }) =>
      enabled &&
      !(instrument !== null && isSuspendedMechanism(namesOf(instrument), suspended)) &&
      reachesAllClasses(classes, facts) &&
      (importers === null || isInside(importer, importers)) &&
      !(isForImportersAbroad && isInside(importer, regime.home)) &&
      [null, exporterRole].includes(exporterRole && facts.attested.role),
  );
  const own = policy.mechanisms.filter(
    ({ id, kind, from, to, classes, validity }) =>
      !isSuspendedMechanism([id, kind], suspended) &&
      from === facts.exporter &&
      to === siting.operator.id &&
      isCurrent(validity, nowMs) &&
      reachesAllClasses(classes, facts),
  );
  return rules.flatMap((rule) =>
    own.filter(({ kind }) => kind === rule.kind).map((declared) => ({ rule, declared })),
  );
}

/** A decision, and the same without its scope. */
function namesOf(instrument: string): string[] {
  return [instrument, instrument.replace(/ \([^)]*\)$/, "")];
}

function opens(document: DeclaredDocument | undefined, place: Place, nowMs: InstantMs): boolean {
  if (document === undefined || document.name === "" || document.outcome === "negative") return false;
  return (
    isCurrent(document.validity, nowMs) && (document.places === null || isInside(place, document.places))
  );
}

function controllers({ home, parents, recipients }: Operator, nowMs: InstantMs): Place[] {
  const others = [...parents, ...recipients].filter(({ validity }) => isCurrent(validity, nowMs));
  return [home, ...others.map((other) => other.home)];
}

function isCurrent({ fromMs, untilMs }: Validity, nowMs: InstantMs): boolean {
  return (fromMs ?? -Infinity) <= nowMs && nowMs < (untilMs ?? Infinity);
}
