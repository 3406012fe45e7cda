// From a policy file that has passed every check to the value that the other rooms work with.
import type { CellId, EndpointId, ModelAlias, TenantId } from "../base/index.ts";
import type {
  Attestations,
  Cell,
  DeclaredMechanism,
  Endpoint,
  LawPolicy,
  Regime,
  Requirement,
} from "../law/index.ts";
import { requirementLevels } from "../law/index.ts";
import { buildValidity } from "./build-regime.ts";
import {
  buildSurroundings,
  cellSiting,
  endpointEvidence,
  endpointSiting,
  endpointUrl,
  type Surroundings,
} from "./build-siting.ts";
import type { EndpointConfig, Model, Policy, Tenant, TenantKey } from "./policy.ts";
import type { PolicyDocument } from "./policy-schema.ts";
import type { ProviderDocument } from "./provider-schema.ts";
import type { TokenIssuer } from "./token-issuer.ts";

type TenantDocument = PolicyDocument["tenants"][string];
type JwtDocument = NonNullable<TenantDocument["identity"]>["jwt"];

export interface PolicyParts {
  readonly document: PolicyDocument;
  readonly regimes: readonly Regime[];
  /** Those that endpoints name. */
  readonly providers: readonly ProviderDocument[];
  readonly packs: Policy["packs"];
  readonly hash: string;
  readonly warnings: Policy["warnings"];
}

export function buildPolicy(parts: PolicyParts): Policy {
  const { document, packs, warnings } = parts;
  const surroundings = buildSurroundings(document, parts.providers);
  return {
    deployment: document.deployment,
    law: buildLaw(parts, surroundings),
    eventKeys: document.law["event-keys"],
    endpoints: mapOf(document.endpoints, (id, endpoint) => buildEndpointConfig(id, endpoint, surroundings)),
    models: mapOf(document.models, buildModel),
    tenants: mapOf(document.tenants, buildTenant),
    hostnames: new Map(Object.entries(document.hostnames)),
    packs,
    warnings,
  };
}

function buildLaw({ document, regimes, hash }: PolicyParts, surroundings: Surroundings): LawPolicy {
  return {
    regimes,
    mechanisms: Object.entries(document.law.mechanisms).map(buildMechanism),
    cells: Object.entries(document.cells).map(([id, cell]): Cell => ({
      id: id as CellId,
      place: cell.place,
      url: cell.url,
      ...cellSiting(cell, surroundings),
    })),
    endpoints: Object.entries(document.endpoints).map(([id, endpoint]): Endpoint => ({
      id: id as EndpointId,
      cell: endpoint.cell as CellId,
      evidence: endpointEvidence(endpoint, surroundings),
      ...endpointSiting(endpoint, surroundings),
    })),
    hash,
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

function buildEndpointConfig(
  id: string,
  document: PolicyDocument["endpoints"][string],
  surroundings: Surroundings,
): EndpointConfig {
  return {
    id: id as EndpointId,
    cell: document.cell as CellId,
    engine: document.engine,
    url: endpointUrl(document, surroundings),
    peer: (document.peer ?? null) as CellId | null,
    apiKey: document.key ?? null,
  };
}

function buildModel(alias: string, document: PolicyDocument["models"][string]): Model {
  return {
    alias: alias as ModelAlias,
    mode: document.mode,
    rules: (document.rules ?? []).map(({ when, prefer, transfers }) => ({
      holds: when,
      ranking: prefer,
      allowsTransfers: transfers === "allowed",
    })),
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
    recordDays: document.records ?? null,
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
