import type { PlaceSet, RegimeId } from "../base/index.ts";
import type {
  CertificationRule,
  Condition,
  DataClass,
  FreeDestination,
  MechanismRule,
  OperatorConstraint,
  Regime,
  Validity,
} from "../law/index.ts";
import type { ConditionDocument, PackDocument } from "./pack-schema.ts";
import type { Zone } from "./vocabulary.ts";

const nowhere: PlaceSet = new Set();

export function buildRegime(pack: PackDocument): Regime {
  const { covers } = pack;
  return {
    id: pack.id as RegimeId,
    version: pack.version,
    title: pack.title,
    covers: covers?.places.places ?? nowhere,
    coversClasses: covers?.classes ? new Set(covers.classes) : null,
    appliesWhen: buildCondition(pack.applies_when),
    rule: pack.rule,
    home: pack.home?.places ?? nowhere,
    freeDestinations: pack.free_destinations.map(buildFreeDestination),
    deniedDestinations: pack.denied_destinations?.places ?? nowhere,
    mechanisms: Object.entries(pack.mechanisms).map(buildMechanismRule),
    operatorConstraints: pack.operator_constraints.map(buildOperatorConstraint),
    remoteAccessCounts: pack.remote_access_counts,
    maxRetentionDays: pack.max_retention_days ?? null,
    evidenceMin: pack.evidence_min,
    obligations: pack.obligations,
    effective: buildValidity(pack.effective),
    sources: pack.sources.map(({ law, article, url }) => ({ law, article, url: url ?? null })),
    confidence: pack.confidence,
    reviewByMs: pack.review_by,
  };
}

export function buildValidity({
  since,
  until,
}: {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}): Validity {
  return { fromMs: since ?? null, untilMs: until ?? null };
}

/** The scope goes into every ground that names the instrument: whoever reads the ledger sees what it hangs on. */
function buildFreeDestination(free: PackDocument["free_destinations"][number]): FreeDestination {
  return {
    places: free.places.places,
    validity: buildValidity(free),
    instrument: free.scope === undefined ? free.instrument : `${free.instrument} (${free.scope})`,
    classes: free.classes ? new Set(free.classes) : null,
    requiresCertification: buildCertificationRule(free.requires_certification),
  };
}

function buildMechanismRule([kind, document]: [string, PackDocument["mechanisms"][string]]): MechanismRule {
  const { article, documents, enabled, classes, requires } = document;
  return {
    kind,
    article,
    documents,
    enabled,
    classes: classes ? new Set(classes) : null,
    requires: requires ? buildCondition(requires) : null,
  };
}

type ConstraintDocument = PackDocument["operator_constraints"][number];

function buildOperatorConstraint(document: ConstraintDocument): OperatorConstraint {
  return {
    denyControlFrom: document.deny_control_from?.places ?? nowhere,
    allowControlFrom: document.allow_control_from?.places ?? null,
    requiresCertification: buildCertificationRule(document.requires_certification),
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
function buildCondition(document: ConditionDocument): Condition {
  const { all, any, not } = document;
  if (all) return { kind: "all", of: all.map(buildCondition) };
  if (any) return { kind: "any", of: any.map(buildCondition) };
  if (not) return { kind: "not", of: buildCondition(not) };
  if (document.minor) return { kind: "minor" };
  if (document.employment) return { kind: "employment" };
  if (document.volume_at_least) return { kind: "volume_at_least", ...document.volume_at_least };
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
    "controller_place",
    "processor_place",
  ] as const) {
    const zone: Zone | undefined = document[kind];
    if (zone) return { kind, in: zone.places };
  }
  throw new TypeError("a condition without a member passed the schema");
}
