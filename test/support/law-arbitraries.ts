// Generated policies and facts in a small world: few places, operators and instants, so that rules collide often.
import * as fc from "fast-check";
import {
  type CellId,
  type EndpointId,
  exclusionOf,
  type OperatorId,
  type Place,
  type PlaceSet,
  type RegimeId,
  type TenantId,
} from "../../src/base/index.ts";
import {
  accessors,
  type Attestations,
  bases,
  type Cell,
  type Certification,
  type CertificationRule,
  type Claim,
  type Condition,
  type ContractRule,
  dataClasses,
  type DeclaredDocument,
  type DeclaredMechanism,
  type Endpoint,
  evidenceClasses,
  type Facts,
  type FreeDestination,
  type Hole,
  type LawPolicy,
  type MechanismRule,
  type Operator,
  type OperatorConstraint,
  type Regime,
  type Requirement,
  requirementLevels,
  roles,
  ruleKinds,
  type Siting,
  type Validity,
} from "../../src/law/index.ts";

/** Eight countries, with a subdivision and a private code inside two of them. */
export const worldPlaces = "DE FR CH GB US RU CA CA-QC AE AE+DIFC".split(" ") as Place[];
/** Every validity begins and ends on one of these instants, so stepping through them meets every boundary. */
export const worldInstantsMs = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
export const worldCells = ["cell-1", "cell-2", "cell-3"] as CellId[];
const sectors = ["health", "bank"];
const exporters = ["acme-eu", "acme-us"];
const statuses = ["cn-ciio", "in-sdf"];
const purposes = ["support", "research"];
const counters = ["persons", "devices"];
const schemes = ["dpf", "c5"];
const scopeWords = ["hr"];
const standings = ["ca-pipeda", "jp-private"];
const contracts = ["gdpr-art-28", "baa"];
const mechanismKinds = ["scc", "bcr"];
const operatorIds = ["op-1", "op-2", "op-3"] as OperatorId[];

export const anyInstantMs: fc.Arbitrary<number> = fc.constantFrom(...worldInstantsMs);
const anyPlace = fc.constantFrom(...worldPlaces);
const anyClass = fc.constantFrom(...dataClasses);
const fewPlaces = withExclusions(setOf(anyPlace, { minLength: 0, maxLength: 3 }));
const manyPlaces = withExclusions(setOf(anyPlace, { minLength: 5, maxLength: worldPlaces.length }));
/** Wide enough for a fact or an operator to fit now and then. */
const anyAllowed = withExclusions(setOf(anyPlace, { minLength: 7, maxLength: worldPlaces.length }));

/** Mostly without an end, so that not everything is always out of force. */
const anyValidity: fc.Arbitrary<Validity> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ fromMs: null, untilMs: null }) },
  {
    weight: 2,
    arbitrary: fc.record({
      fromMs: fc.option(fc.integer({ min: 0, max: 4 })),
      untilMs: fc.option(fc.integer({ min: 3, max: 8 })),
    }),
  },
);

const { condition: anyCondition } = fc.letrec<{ condition: Condition; leaf: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ kind: fc.constant("subject_place" as const), in: fewPlaces }),
    fc.record({ kind: fc.constant("subject_citizenship" as const), in: fewPlaces }),
    fc.record({ kind: fc.constant("controller_place" as const), in: fewPlaces }),
    fc.record({ kind: fc.constant("processor_place" as const), in: fewPlaces }),
    fc.record({ kind: fc.constant("subject_residence" as const), in: fewPlaces }),
    fc.record({ kind: fc.constant("targeted_place" as const), in: fewPlaces }),
    fc.record({ kind: fc.constantFrom("minor" as const, "employment" as const) }),
    fc.record({ kind: fc.constant("controller_status" as const), in: setOf(fc.constantFrom(...statuses)) }),
    fc.record({ kind: fc.constant("purpose" as const), in: setOf(fc.constantFrom(...purposes)) }),
    fc.record({
      kind: fc.constant("volume_at_least" as const),
      counter: fc.constantFrom(...counters),
      count: fc.integer({ min: 1, max: 4 }),
      of: fc.option(setOf(anyClass), { freq: 2 }),
      period: fc.constant({ kind: "12-months" as const }),
    }),
    fc.record({ kind: fc.constant("sector" as const), in: setOf(fc.constantFrom(...sectors)) }),
    fc.record({ kind: fc.constant("data_class" as const), in: setOf(anyClass) }),
    fc.record({
      kind: fc.constant("requires_level" as const),
      in: setOf(fc.constantFrom(...requirementLevels)),
    }),
  ),
  condition: fc.oneof(
    { maxDepth: 2, depthIdentifier: "condition" },
    tie("leaf"),
    fc.record({ kind: fc.constant("not" as const), of: tie("condition") }),
    fc.record({ kind: fc.constant("all" as const), of: fc.array(tie("condition"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("any" as const), of: fc.array(tie("condition"), { maxLength: 3 }) }),
  ),
}));

const anyCertificationRule: fc.Arbitrary<CertificationRule> = fc.record({
  scheme: fc.constantFrom(...schemes),
  scopeFor: fc
    .uniqueArray(anyClass, { maxLength: 2 })
    .map((classes) => new Map(classes.map((dataClass) => [dataClass, "hr"]))),
});

const anyFreeDestination: fc.Arbitrary<FreeDestination> = fc.record({
  places: fewPlaces,
  validity: anyValidity,
  instrument: fc.constantFrom("adequacy-1", "adequacy-2"),
  classes: fc.option(setOf(anyClass, { minLength: 3, maxLength: 9 })),
  exceptClasses: setOf(anyClass, { minLength: 0, maxLength: 1 }),
  requiresCertification: fc.option(anyCertificationRule, { freq: 2 }),
  requiresStanding: fc.option(fc.constantFrom(...standings), { freq: 3 }),
});

const anyMechanismRule: fc.Arbitrary<MechanismRule> = fc.record({
  kind: fc.constantFrom(...mechanismKinds),
  article: fc.constant("Art. 46"),
  documents: fc.subarray(["tia", "contract"]),
  instrument: fc.option(fc.constantFrom("adequacy-1", "adequacy-2")),
  assessments: fc.constant(["tia"]),
  enabled: fc.boolean(),
  places: fc.option(anyAllowed, { freq: 3 }),
  importers: fc.option(anyAllowed, { freq: 3 }),
  isForImportersAbroad: fc.boolean(),
  exporterRole: fc.option(fc.constantFrom(...roles), { freq: 4 }),
  isExceptional: fc.boolean(),
  classes: fc.option(setOf(anyClass, { minLength: 3, maxLength: 9 }), { freq: 3 }),
  requires: fc.option(anyCondition, { freq: 3 }),
});

const anyOperatorConstraint: fc.Arbitrary<OperatorConstraint> = fc.record({
  denyControlFrom: setOf(anyPlace, { maxLength: 1 }),
  allowControlFrom: fc.option(anyAllowed, { freq: 2 }),
  requiresCertification: fc.option(anyCertificationRule, { freq: 4 }),
  exceptHome: fewPlaces,
  article: fc.constant("Art. 1"),
});

const anyContractRule: fc.Arbitrary<ContractRule> = fc.record({
  contract: fc.constantFrom(...contracts),
  article: fc.constant("Art. 28"),
  when: fc.option(anyCondition, { freq: 2 }),
  metBy: setOf(fc.constantFrom(...mechanismKinds), { minLength: 0, maxLength: 1 }),
});

const anyHole: fc.Arbitrary<Hole> = fc.record({
  places: fewPlaces,
  sectors: fc.option(setOf(fc.constantFrom(...sectors)), { freq: 2 }),
  classes: fc.option(setOf(anyClass), { freq: 2 }),
  what: fc.constant("secrecy"),
  filledBy: fc.option(fc.constantFrom("r-1", "r-4") as fc.Arbitrary<RegimeId>),
});

export function anyRegime(id: string): fc.Arbitrary<Regime> {
  return fc.record({
    id: fc.constant(id as RegimeId),
    version: fc.constant("1"),
    title: fc.constant(`Regime ${id}`),
    covers: manyPlaces,
    coversClasses: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: setOf(anyClass) },
    ),
    appliesWhen: anyCondition,
    rule: fc.constantFrom(...ruleKinds),
    home: fc.oneof(fewPlaces, manyPlaces),
    freeDestinations: fc.array(anyFreeDestination, { maxLength: 2 }),
    deniedDestinations: fewPlaces,
    mechanisms: fc.array(anyMechanismRule, { maxLength: 2 }),
    deniedControlExcept: fewPlaces,
    operatorConstraints: fc.array(anyOperatorConstraint, { maxLength: 1 }),
    contracts: fc.array(anyContractRule, { maxLength: 1 }),
    remoteAccess: setOf(fc.constantFrom(...accessors), { minLength: 0, maxLength: 2 }),
    governs: fc.constantFrom("processing", "processing", "storage"),
    transientDays: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 2 }),
    maxRetentionDays: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 4 }),
    evidenceMin: fc.constantFrom("E0", "E0", "E1", "E3"),
    obligations: fc.subarray(["log", "notify"]),
    holes: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Hole[]>([]) },
      { weight: 1, arbitrary: fc.array(anyHole, { maxLength: 1 }) },
    ),
    before: fc.constantFrom("nothing", "unread"),
    effective: anyValidity,
    sources: fc.constant([{ law: id, article: "Art. 9", url: null, says: null }]),
    confidence: fc.constant("verified"),
    reviewByMs: fc.constant(0),
  });
}

const anyDocument: fc.Arbitrary<DeclaredDocument> = fc.record({
  name: fc.constantFrom("D-1", "D-1", "D-1", ""),
  outcome: fc.constantFrom("positive", null, null, "negative"),
  places: fc.option(anyAllowed, { freq: 3 }),
  validity: anyValidity,
});

const anyMechanism = (id: string): fc.Arbitrary<DeclaredMechanism> =>
  fc.record({
    id: fc.constant(id),
    kind: fc.constantFrom(...mechanismKinds),
    from: fc.constantFrom(...exporters),
    to: fc.constantFrom(...operatorIds),
    documents: fc.record({ tia: anyDocument, contract: anyDocument }, { requiredKeys: ["tia"] }),
    classes: fc.option(setOf(anyClass, { minLength: 3, maxLength: 9 }), { freq: 3 }),
    validity: anyValidity,
  });

const anyCertifications: fc.Arbitrary<readonly Certification[]> = fc.array(
  fc.record({
    scheme: fc.constantFrom(...schemes),
    scope: setOf(fc.constantFrom(...scopeWords), { minLength: 0, maxLength: 1 }),
    validity: anyValidity,
  }),
  { maxLength: 2 },
);

/** Mostly nobody has said, as in most policies. */
const anyContracts = fc.option(
  fc.array(fc.record({ contract: fc.constantFrom(...contracts), validity: anyValidity }), { maxLength: 2 }),
  { freq: 2 },
);

const anyRecipient = fc.record({ home: anyPlace, validity: anyValidity, isOwner: fc.boolean() });

const anyOperator = (id: OperatorId): fc.Arbitrary<Operator> =>
  fc.record({
    id: fc.constant(id),
    home: anyPlace,
    parents: fc.array(fc.record({ home: anyPlace, validity: anyValidity }), { maxLength: 1 }),
    certifications: anyCertifications,
    contracts: anyContracts,
    standings: fc.option(setOf(fc.constantFrom(...standings), { minLength: 0, maxLength: 2 })),
    controlledBy: anyOthers,
    controls: anyOthers,
    subprocessors: anyOthers,
    recipients: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Operator["recipients"]>([]) },
      { weight: 1, arbitrary: fc.array(anyRecipient, { maxLength: 1 }) },
    ),
  });

const anyOthers = setOf<string>(fc.constantFrom(...operatorIds), { minLength: 0, maxLength: 1 });

/** A place set is small and seldom unknown: otherwise hardly anything would ever be lawful. */
const anySitedPlaces: fc.Arbitrary<Place[]> = fc.oneof(
  { weight: 8, arbitrary: anyPlace.map((place) => [place]) },
  { weight: 2, arbitrary: fc.uniqueArray(anyPlace, { minLength: 2, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant<Place[]>([]) },
);

function anySiting(operators: readonly Operator[]): fc.Arbitrary<Siting> {
  return fc
    .record({
      computes: anySitedPlaces,
      storesElsewhere: fc.option(anySitedPlaces, { freq: 4 }),
      supportedElsewhere: fc.option(anySitedPlaces, { freq: 3 }),
      supportedBy: fc.option(fc.constantFrom(...accessors), { freq: 2 }),
      certifications: anyCertifications,
      contracts: anyContracts,
      retentionDays: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 3 }),
      operator: fc.constantFrom(...operators),
      premises: fc.option(fc.uniqueArray(anyPlace, { maxLength: 2 })),
    })
    .map(({ storesElsewhere, supportedElsewhere, supportedBy: by, ...siting }) => ({
      ...siting,
      stores: storesElsewhere ?? siting.computes,
      support: (supportedElsewhere ?? siting.computes).map((place) => ({ place, by })),
    }));
}

function anyCell(id: CellId, operators: readonly Operator[]): fc.Arbitrary<Cell> {
  return anySiting(operators).map((siting) => ({
    ...siting,
    id,
    place: siting.computes[0] ?? ("DE" as Place),
    url: `http://${id}.test`,
  }));
}

function anyEndpoint(id: string, operators: readonly Operator[]): fc.Arbitrary<Endpoint> {
  return fc
    .tuple(anySiting(operators), fc.constantFrom(...worldCells), fc.constantFrom(...evidenceClasses))
    .map(([siting, cell, evidence]) => ({ ...siting, id: id as EndpointId, cell, evidence }));
}

/** Three cells, up to six endpoints, up to four regimes, up to three declared mechanisms. */
export const anyLawPolicy: fc.Arbitrary<LawPolicy> = fc
  .tuple(...operatorIds.map(anyOperator))
  .chain((operators) =>
    fc.record({
      regimes: numbered(anyRegime, ["r-1", "r-2", "r-3", "r-4"]),
      mechanisms: numbered(anyMechanism, ["m-1", "m-2", "m-3"]),
      acceptances: fc.array(
        fc.record({ place: anyPlace, by: fc.constant("counsel"), validity: anyValidity }),
        { maxLength: 1 },
      ),
      cells: fc.tuple(...worldCells.map((id) => anyCell(id, operators))),
      endpoints: numbered((id) => anyEndpoint(id, operators), ["e-1", "e-2", "e-3", "e-4", "e-5", "e-6"]),
      hash: fc.constant("0".repeat(64)),
    }),
  );

export const anyPlaceClaim: fc.Arbitrary<Claim<Place>> = anyClaim(anyPlace);
export const anyClassClaim: fc.Arbitrary<Claim<(typeof dataClasses)[number]>> = anyClaim(anyClass);

export const anyRequirement: fc.Arbitrary<Requirement> = fc
  .tuple(fc.constantFrom(...requirementLevels), manyPlaces)
  .map(([level, zone]) => ({ level, zoneName: [...zone].toSorted().join("+"), zone }));

const anyCounts = fc
  .subarray(counters)
  .chain((known) => fc.tuple(...known.map((counter) => fc.tuple(fc.constant(counter), fc.nat({ max: 5 })))))
  .map((entries) => Object.fromEntries(entries));

export const anyAttestations: fc.Arbitrary<Attestations> = fc.record({
  statuses: fc.option(fc.subarray(statuses), { freq: 3 }),
  purposes: fc.option(fc.subarray(purposes), { freq: 3 }),
  employment: fc.option(fc.boolean(), { freq: 3 }),
  minors: fc.option(fc.boolean(), { freq: 3 }),
  volumes: anyCounts,
  targets: fc.option(fc.uniqueArray(anyPlace, { maxLength: 2 }), { freq: 2 }),
  role: fc.option(fc.constantFrom(...roles), { freq: 2 }),
});

/** Complete facts: at least one subject place, controller place and class. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  tenant: fc.constant("tenant-1" as TenantId),
  subjectPlaces: fc.array(anyPlaceClaim, { minLength: 1, maxLength: 2 }),
  subjectCitizenships: fc.array(anyPlaceClaim, { maxLength: 1 }),
  subjectResidences: fc.array(anyPlaceClaim, { maxLength: 1 }),
  controllerPlaces: fc.uniqueArray(anyPlace, { minLength: 1, maxLength: 2 }),
  sector: fc.option(fc.constantFrom(...sectors)),
  exporter: fc.option(fc.constantFrom(...exporters), { freq: 5 }),
  classes: fc.array(anyClassClaim, { minLength: 1, maxLength: 2 }),
  attested: anyAttestations,
  persons: fc.integer({ min: 1, max: 3 }),
  counted: anyCounts,
  requirements: fc.oneof(
    { weight: 3, arbitrary: fc.array(anyRequirement, { maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(anyRequirement, { minLength: 2, maxLength: 2 }) },
  ),
  receivingCell: fc.constantFrom(...worldCells),
});

function anyClaim<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Claim<Value>> {
  return fc.record({ value, basis: fc.constantFrom(...bases) });
}

function setOf<Value>(
  member: fc.Arbitrary<Value>,
  length: { minLength?: number; maxLength?: number } = { minLength: 1, maxLength: 3 },
): fc.Arbitrary<ReadonlySet<Value>> {
  return fc.uniqueArray(member, length).map((members) => new Set(members));
}

/** Now and then the set leaves out what lies in one of its countries. */
function withExclusions(set: fc.Arbitrary<ReadonlySet<Place>>): fc.Arbitrary<PlaceSet> {
  return fc.tuple(set, fc.nat({ max: 3 })).map(([members, choice]) => {
    const parts = worldPlaces.filter((place) => place.length > 2 && members.has(place.slice(0, 2) as Place));
    return choice > 0 ? members : new Set([...members, ...parts.map(exclusionOf)]);
  });
}

/** Some of the ids, each with a value of its own. */
function numbered<Value>(
  make: (id: string) => fc.Arbitrary<Value>,
  ids: readonly string[],
): fc.Arbitrary<readonly Value[]> {
  return fc
    .subarray([...ids], { minLength: Math.min(1, ids.length) })
    .chain((chosen) => fc.tuple(...chosen.map(make)));
}
