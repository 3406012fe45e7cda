// Small laws to write cases with: each builder gives something complete and dull, and a case overrides what it is about.
import {
  type CellId,
  type EndpointId,
  type OperatorId,
  type Place,
  type PlaceSet,
  type RegimeId,
  type TenantId,
  zones,
} from "../../src/base/index.ts";
import {
  type Access,
  type Cell,
  type Claim,
  createDecider,
  type DataClass,
  type DeclaredDocument,
  type DeclaredMechanism,
  type Decision,
  type Endpoint,
  type Facts,
  type FreeDestination,
  type LawPolicy,
  type MechanismRule,
  nothingAttested,
  type Operator,
  type Regime,
  type Requirement,
  type RequirementLevel,
  type Siting,
  type Validity,
} from "../../src/law/index.ts";

export const always: Validity = { fromMs: null, untilMs: null };
export const eea: PlaceSet = zones.get("EEA") ?? new Set();

export function placeSet(codes: string): PlaceSet {
  return new Set(placeList(codes));
}

/** `"DE FR"` as places; the empty string is none. */
export function placeList(codes: string): Place[] {
  return codes.split(" ").filter((code) => code !== "") as Place[];
}

/** Conditional, at home in the EEA, for everyone's personal data. */
export function sampleRegime(override: Partial<Omit<Regime, "id">> & { readonly id?: string } = {}): Regime {
  const { id = "eu-gdpr", ...rest } = override;
  return {
    id: id as RegimeId,
    version: "1",
    title: id,
    covers: new Set([...eea, ...placeList("US AE RU CH GB IN CA")]),
    coversClasses: null,
    appliesWhen: { kind: "all", of: [] },
    rule: "conditional",
    home: eea,
    freeDestinations: [],
    deniedDestinations: new Set(),
    deniedControlExcept: new Set(),
    mechanisms: [],
    operatorConstraints: [],
    contracts: [],
    remoteAccess: new Set(),
    governs: "processing",
    transientDays: null,
    maxRetentionDays: null,
    evidenceMin: "E0",
    obligations: [],
    holes: [],
    before: "nothing",
    effective: always,
    sources: [{ law: id.toUpperCase(), article: "Art. 1", url: null, says: null }],
    confidence: "verified",
    reviewByMs: 0,
    ...rest,
  };
}

export function sampleOperator(id: string, home: string, parents: Operator["parents"] = []): Operator {
  return {
    id: id as OperatorId,
    home: home as Place,
    parents,
    certifications: [],
    contracts: null,
    standings: null,
    controlledBy: new Set(),
    controls: new Set(),
    subprocessors: new Set(),
    recipients: [],
  };
}

/** Whoever it is that reaches in from there. */
export function accessFrom(places: readonly Place[], by: Access["by"] = null): readonly Access[] {
  return places.map((place) => ({ place, by }));
}

/** A tool that opens any place for anybody, with these documents. */
export function sampleTool(override: Partial<MechanismRule> = {}): MechanismRule {
  return {
    kind: "scc",
    article: "Art. 46",
    documents: ["tia"],
    instrument: null,
    assessments: [],
    enabled: true,
    places: null,
    importers: null,
    isForImportersAbroad: false,
    exporterRole: null,
    isExceptional: false,
    classes: null,
    requires: null,
    ...override,
  };
}

/** A tool of the kind `scc` that `acme` has put in place with `cloud`, without documents. */
export function declaredTool(override: Partial<DeclaredMechanism> = {}): DeclaredMechanism {
  return {
    id: "out",
    kind: "scc",
    from: "acme",
    to: "cloud",
    documents: {},
    classes: null,
    validity: always,
    ...override,
  };
}

/** A document of which nothing is known but its name. */
export function sampleDocument(name: string, override: Partial<DeclaredDocument> = {}): DeclaredDocument {
  return { name, outcome: null, places: null, validity: always, ...override };
}

/** A decision that lets everything go there. */
export function sampleDestination(
  places: PlaceSet,
  override: Partial<FreeDestination> = {},
): FreeDestination {
  return {
    places,
    validity: always,
    instrument: "adequacy",
    classes: null,
    exceptClasses: new Set(),
    requiresCertification: null,
    requiresStanding: null,
    ...override,
  };
}

/** Computes and stores in `places`, run by an operator from the first of them. */
export function siting(places: string, override: Partial<Siting> = {}): Siting {
  const computes = placeList(places);
  const home = computes[0] ?? "DE";
  return {
    computes,
    stores: computes,
    support: accessFrom(computes),
    certifications: [],
    contracts: null,
    retentionDays: null,
    operator: sampleOperator(`cloud-${home}`, home),
    premises: computes,
    ...override,
  };
}

export function sampleCell(id: string, sited: Siting): Cell {
  return {
    ...sited,
    id: id as CellId,
    place: sited.computes[0] ?? ("DE" as Place),
    url: `https://${id}.test`,
  };
}

export function sampleEndpoint(
  id: string,
  cell: string,
  override: Siting & { readonly evidence?: Endpoint["evidence"] },
): Endpoint {
  return { evidence: "E1", ...override, id: id as EndpointId, cell: cell as CellId };
}

export function samplePolicy(override: Partial<LawPolicy> = {}): LawPolicy {
  return {
    regimes: [],
    mechanisms: [],
    acceptances: [],
    cells: [],
    endpoints: [],
    hash: "f".repeat(64),
    ...override,
  };
}

/** One cell and one endpoint in it, alike. */
export function onePlacePolicy(
  regimes: readonly Regime[],
  sited: Siting,
  mechanisms: readonly DeclaredMechanism[] = [],
): LawPolicy {
  return samplePolicy({
    regimes,
    mechanisms,
    cells: [sampleCell("cell", sited)],
    endpoints: [sampleEndpoint("engine", "cell", sited)],
  });
}

/** Personal data of somebody in DE, for a controller in DE. */
export function sampleFacts(override: Partial<Facts> = {}): Facts {
  return {
    tenant: "demo" as TenantId,
    subjectPlaces: [claim("DE" as Place)],
    subjectCitizenships: [],
    subjectResidences: [],
    controllerPlaces: placeList("DE"),
    sector: null,
    exporter: null,
    classes: [claim<DataClass>("personal")],
    attested: nothingAttested,
    persons: 1,
    counted: {},
    requirements: [],
    receivingCell: "cell" as CellId,
    ...override,
  };
}

export function claim<Value>(value: Value): Claim<Value> {
  return { value, basis: "tenant-contract" };
}

export function claims(codes: string): Claim<Place>[] {
  return placeList(codes).map(claim);
}

export function requirement(level: RequirementLevel, zoneName: string): Requirement {
  return { level, zoneName, zone: zones.get(zoneName) ?? placeSet(zoneName) };
}

export function decideOnce(policy: LawPolicy, facts: Facts = sampleFacts(), nowMs = 0): Decision {
  return createDecider(policy).decide(facts, nowMs);
}

/** Ids of the endpoints that may be used, in order; none for a refusal. */
export function lawfulIds(decision: Decision): readonly string[] {
  return decision.kind === "permit" ? decision.permit.terms.endpoints.map(({ id }) => id) : [];
}

/** A permit keeps its terms in a private field, where deepEqual does not look. */
export function plainData(decision: Decision): unknown {
  return decision.kind === "permit" ? { ...decision, permit: decision.permit.terms } : decision;
}
