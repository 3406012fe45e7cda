// From a policy file that has passed every check to the value that the other rooms work with.
import type { CellId, EndpointId, ModelAlias, OperatorId, Place, TenantId } from "../base/index.ts";
import type {
  Attestations,
  Cell,
  Certification,
  DeclaredMechanism,
  Endpoint,
  LawPolicy,
  Operator,
  Regime,
  Requirement,
  Siting,
} from "../law/index.ts";
import { requirementLevels } from "../law/index.ts";
import { buildValidity } from "./build-regime.ts";
import { engineKinds } from "./engine-kind.ts";
import type { EndpointConfig, Model, Policy, Tenant, TenantKey } from "./policy.ts";
import type { PolicyDocument } from "./policy-schema.ts";
import type { TokenIssuer } from "./token-issuer.ts";

type TenantDocument = PolicyDocument["tenants"][string];
type JwtDocument = NonNullable<TenantDocument["identity"]>["jwt"];

export interface PolicyParts {
  readonly document: PolicyDocument;
  readonly regimes: readonly Regime[];
  readonly hash: string;
  readonly warnings: Policy["warnings"];
}

export function buildPolicy({ document, regimes, hash, warnings }: PolicyParts): Policy {
  return {
    deployment: document.deployment,
    law: buildLaw(document, regimes, hash),
    eventKeys: document.law["event-keys"],
    endpoints: mapOf(document.endpoints, buildEndpointConfig),
    models: mapOf(document.models, buildModel),
    tenants: mapOf(document.tenants, buildTenant),
    hostnames: new Map(Object.entries(document.hostnames)),
    warnings,
  };
}

function buildLaw(document: PolicyDocument, regimes: readonly Regime[], hash: string): LawPolicy {
  const operators = mapOf(document.operators, buildOperator);
  return {
    regimes,
    mechanisms: Object.entries(document.law.mechanisms).map(buildMechanism),
    cells: Object.entries(document.cells).map(([id, cell]): Cell => ({
      id: id as CellId,
      place: cell.place,
      url: cell.url,
      ...buildSiting(operators, { ...cell, place: [cell.place] }),
    })),
    endpoints: Object.entries(document.endpoints).map(([id, endpoint]): Endpoint => ({
      id: id as EndpointId,
      cell: endpoint.cell as CellId,
      evidence: engineKinds[endpoint.engine].evidence,
      ...buildSiting(operators, endpoint),
    })),
    hash,
  };
}

function buildOperator(id: string, document: PolicyDocument["operators"][string]): Operator {
  const { home, parents, certifications } = document;
  return {
    id: id as OperatorId,
    certifications: buildCertifications(certifications),
    home,
    parents: parents.map((parent) => ({ home: parent.home, validity: buildValidity(parent) })),
  };
}

type CertificationDocuments = PolicyDocument["operators"][string]["certifications"];

function buildCertifications(documents: CertificationDocuments): readonly Certification[] {
  return Object.entries(documents).map(([scheme, { scope, ...validity }]) => ({
    scheme,
    scope: new Set(scope),
    validity: buildValidity(validity),
  }));
}

interface SitingDocument {
  readonly operator: string;
  readonly place: readonly Place[];
  readonly stores?: readonly Place[] | undefined;
  readonly support?: readonly Place[] | "unknown" | undefined;
  readonly certifications: CertificationDocuments;
  readonly "retention-days"?: number | undefined;
  readonly premises?: readonly Place[] | undefined;
}

function buildSiting(operators: ReadonlyMap<string, Operator>, document: SitingDocument): Siting {
  const operator = operators.get(document.operator);
  if (!operator) throw new TypeError("a reference to no operator passed the checks");
  return {
    computes: document.place,
    stores: document.stores ?? document.place,
    support: document.support === "unknown" ? [] : (document.support ?? document.place),
    operator,
    certifications: buildCertifications(document.certifications),
    retentionDays: document["retention-days"] ?? null,
    premises: document.premises ?? null,
  };
}

function buildMechanism([id, declared]: [
  string,
  PolicyDocument["law"]["mechanisms"][string],
]): DeclaredMechanism {
  const { kind, from, to, classes, since, until, ...documents } = declared;
  const validity = buildValidity({ since, until });
  return { id, kind, from, to, documents, classes: classes ? new Set(classes) : null, validity };
}

function buildEndpointConfig(id: string, document: PolicyDocument["endpoints"][string]): EndpointConfig {
  return {
    id: id as EndpointId,
    cell: document.cell as CellId,
    engine: document.engine,
    url: document.url ?? null,
    apiKey: document.key ?? null,
  };
}

function buildModel(alias: string, document: PolicyDocument["models"][string]): Model {
  return {
    alias: alias as ModelAlias,
    mode: document.mode,
    servedBy: new Map(Object.entries(document["served-by"]).map(([id, name]) => [id as EndpointId, name])),
  };
}

export function buildTenant(id: string, document: TenantDocument): Tenant {
  return {
    id: id as TenantId,
    entity: document.entity ?? id,
    established: document.established,
    subjects: document.subjects ?? [],
    citizenships: document.citizenships ?? [],
    residences: document.residences ?? [],
    sector: document.sector ?? null,
    classes: document.class,
    attested: buildAttestations(document),
    requirements: buildRequirements(document),
    keys: Object.values(document.keys).map(buildKey),
    tokens: document.identity ? buildTokenIssuer(document.identity.jwt) : null,
    maySelect: new Set(document.signals["may-select"]),
    models: document.models ? document.models.map((alias) => alias as ModelAlias) : null,
    limits: {
      requestsPerMinute: document.limits["requests-per-minute"] ?? null,
      concurrentRequests: document.limits["concurrent-requests"] ?? null,
    },
  };
}

function buildAttestations(document: TenantDocument): Attestations {
  return {
    statuses: document.statuses ?? null,
    purposes: document.purposes ?? null,
    employment: document.employment ?? null,
    minors: document.minors ?? null,
    volumes: document.volumes,
  };
}

/** Without a zone: the jurisdiction's own, which the checks have made sure is one place. */
function buildRequirements({ requires, subjects }: TenantDocument): readonly Requirement[] {
  return requirementLevels.flatMap((level): readonly Requirement[] => {
    const wanted = requires?.[level];
    if (wanted === undefined) return [];
    if (wanted !== null && wanted !== true) return [{ level, zoneName: wanted.name, zone: wanted.places }];
    return [{ level, zoneName: subjects?.join(", ") ?? "", zone: new Set(subjects) }];
  });
}

function buildKey(key: TenantDocument["keys"][string]): TenantKey {
  return {
    sha256: key.sha256,
    subjects: key.subjects ?? [],
    classes: key.class ?? [],
    expiresAtMs: key.expires ?? null,
  };
}

function buildTokenIssuer({ issuer, audience, keys, claims }: JwtDocument): TokenIssuer {
  const { place = null, citizenship = null, class: dataClass = null } = claims;
  return { issuer, audience, keys, claims: { place, citizenship, class: dataClass } };
}

function mapOf<Id extends string, Document, Value>(
  documents: Readonly<Record<string, Document>>,
  build: (id: string, document: Document) => Value & { readonly id?: Id; readonly alias?: Id },
): ReadonlyMap<Id, Value> {
  return new Map(Object.entries(documents).map(([id, document]) => [id as Id, build(id, document)]));
}
