import type { PlaceSet, RegimeId } from "../base/index.ts";
import type { Condition, FreeDestination, MechanismRule, Regime, Validity } from "../law/index.ts";
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
    mechanisms: Object.entries(pack.mechanisms).map(([kind, rule]): MechanismRule => ({ kind, ...rule })),
    operatorConstraints: pack.operator_constraints.map(({ deny_control_from, article }) => ({
      denyControlFrom: deny_control_from.places,
      article,
    })),
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
  };
}

/** The schema lets exactly one member through. */
function buildCondition(document: ConditionDocument): Condition {
  const { all, any, not } = document;
  if (all) return { kind: "all", of: all.map(buildCondition) };
  if (any) return { kind: "any", of: any.map(buildCondition) };
  if (not) return { kind: "not", of: buildCondition(not) };
  if (document.sector) return { kind: "sector", in: new Set(document.sector) };
  if (document.data_class) return { kind: "data_class", in: new Set(document.data_class) };
  if (document.requires_level) return { kind: "requires_level", in: new Set(document.requires_level) };
  for (const kind of [
    "subject_place",
    "subject_citizenship",
    "controller_place",
    "processor_place",
  ] as const) {
    const zone: Zone | undefined = document[kind];
    if (zone) return { kind, in: zone.places };
  }
  throw new TypeError("a condition without a member passed the schema");
}
