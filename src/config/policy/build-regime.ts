import type { PlaceSet, RegimeId } from "../../base/index.ts";
import {
  accessors,
  type CertificationRule,
  type Condition,
  type CounterPeriod,
  type DataClass,
  type FreeDestination,
  type Hole,
  type MechanismRule,
  type OperatorConstraint,
  type Regime,
} from "../../law/index.ts";
import { lawOffsets, lawValidity } from "./law-days.ts";
import type { ConditionDocument, PackDocument } from "../schema/pack-schema.ts";
import type { Zone } from "../schema/vocabulary.ts";

const nowhere: PlaceSet = new Set();

export function buildRegime(pack: PackDocument): Regime {
  const { covers } = pack;
  const condition = (document: ConditionDocument): Condition => buildCondition(document, pack);
  return {
    id: pack.id as RegimeId,
    version: pack.version,
    title: pack.title,
    covers: covers?.places.places ?? nowhere,
    coversClasses: covers?.classes ? new Set(covers.classes) : null,
    appliesWhen: condition(pack.applies_when),
    rule: pack.rule,
    home: pack.home?.places ?? nowhere,
    freeDestinations: pack.free_destinations.map((free) => buildFreeDestination(free, pack)),
    deniedDestinations: pack.denied_destinations?.places ?? nowhere,
    mechanisms: Object.entries(pack.mechanisms).map((entry) => buildMechanismRule(entry, condition)),
    deniedControlExcept: pack.denied_control_except?.places ?? nowhere,
    operatorConstraints: pack.operator_constraints.map(buildOperatorConstraint),
    contracts: pack.contracts.map(({ contract, article, when, met_by: metBy }) => ({
      contract,
      article,
      when: when ? condition(when) : null,
      metBy: new Set(metBy),
    })),
    remoteAccess: buildRemoteAccess(pack.remote_access_counts),
    governs: pack.governs,
    transientDays: pack.transient_days ?? null,
    maxRetentionDays: pack.max_retention_days ?? null,
    evidenceMin: pack.evidence_min,
    obligations: pack.obligations,
    holes: pack.not_read.map(buildHole),
    before: pack.before,
    effective: lawValidity(pack.effective, pack, "forbids"),
    sources: pack.sources.map(({ law, article, url, says }) => ({
      law,
      article,
      url: url ?? null,
      says: says ?? null,
    })),
    confidence: pack.confidence,
    reviewByMs: pack.review_by,
  };
}

/** The scope goes into every ground that names the instrument: whoever reads the ledger sees what it hangs on. */
function buildFreeDestination(
  free: PackDocument["free_destinations"][number],
  pack: PackDocument,
): FreeDestination {
  return {
    places: free.places.places,
    validity: lawValidity(free, pack, "allows"),
    instrument: free.scope === undefined ? free.instrument : `${free.instrument} (${free.scope})`,
    classes: free.classes ? new Set(free.classes) : null,
    exceptClasses: new Set(free.except_classes),
    requiresCertification: buildCertificationRule(free.requires_certification),
    requiresStanding: free.requires_standing ?? null,
  };
}

function buildRemoteAccess(counts: PackDocument["remote_access_counts"]): Regime["remoteAccess"] {
  if (typeof counts !== "boolean") return new Set(counts);
  return new Set(counts ? accessors : []);
}

function buildHole({
  places,
  sectors,
  classes,
  what,
  filled_by: filledBy,
}: PackDocument["not_read"][number]): Hole {
  return {
    places: places.places,
    sectors: sectors ? new Set(sectors) : null,
    classes: classes ? new Set(classes) : null,
    what,
    filledBy: (filledBy ?? null) as RegimeId | null,
  };
}

function buildMechanismRule(
  [kind, document]: [string, PackDocument["mechanisms"][string]],
  condition: (document: ConditionDocument) => Condition,
): MechanismRule {
  const { article, documents, assessments, enabled, places, importers, classes, requires } = document;
  return {
    kind,
    article,
    documents,
    instrument: document.instrument ?? null,
    assessments,
    enabled,
    places: places?.places ?? null,
    importers: importers?.places ?? null,
    isForImportersAbroad: document.importer === "abroad",
    exporterRole: document.exporter ?? null,
    isExceptional: document.exceptional,
    classes: classes ? new Set(classes) : null,
    requires: requires ? condition(requires) : null,
  };
}

type ConstraintDocument = PackDocument["operator_constraints"][number];

function buildOperatorConstraint(document: ConstraintDocument): OperatorConstraint {
  return {
    denyControlFrom: document.deny_control_from?.places ?? nowhere,
    allowControlFrom: document.allow_control_from?.places ?? null,
    requiresCertification: buildCertificationRule(document.requires_certification),
    exceptHome: document.except_home?.places ?? nowhere,
    article: document.article,
  };
}

function buildCertificationRule(
  document: ConstraintDocument["requires_certification"],
): CertificationRule | null {
  if (!document) return null;
  const scopeFor = new Map(Object.entries(document.scope_for) as [DataClass, string][]);
  return { scheme: document.scheme, scopeFor };
}

/** The schema lets exactly one member through. */
function buildCondition(document: ConditionDocument, pack: PackDocument): Condition {
  const { all, any, not } = document;
  const inner = (each: ConditionDocument): Condition => buildCondition(each, pack);
  if (all) return { kind: "all", of: all.map(inner) };
  if (any) return { kind: "any", of: any.map(inner) };
  if (not) return { kind: "not", of: inner(not) };
  if (document.minor) return { kind: "minor" };
  if (document.employment) return { kind: "employment" };
  if (document.volume_at_least) {
    const { counter, count, of } = document.volume_at_least;
    const period = buildPeriod(counter, pack);
    return { kind: "volume_at_least", counter, count, of: of ? new Set(of) : null, period };
  }
  for (const kind of ["sector", "controller_status", "purpose"] as const) {
    const words = document[kind];
    if (words) return { kind, in: new Set(words) };
  }
  if (document.data_class) return { kind: "data_class", in: new Set(document.data_class) };
  if (document.requires_level) return { kind: "requires_level", in: new Set(document.requires_level) };
  for (const kind of [
    "subject_place",
    "subject_citizenship",
    "subject_residence",
    "targeted_place",
    "controller_place",
    "processor_place",
  ] as const) {
    const zone: Zone | undefined = document[kind];
    if (zone) return { kind, in: zone.places };
  }
  throw new TypeError("a condition without a member passed the schema");
}

/** The checks have made sure that the pack states it. */
function buildPeriod(counter: string, pack: PackDocument): CounterPeriod {
  const stated = pack.counters[counter];
  if (stated === undefined) throw new TypeError(`counter \`${counter}\` has no period`);
  return stated.period === "calendar-year"
    ? { kind: stated.period, ...lawOffsets(pack) }
    : { kind: stated.period };
}
