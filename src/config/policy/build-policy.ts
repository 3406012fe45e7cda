// From a policy file that has passed every check to the value that the other rooms work with.
import {
  type CellId,
  dayMs,
  type EndpointId,
  type ModelAlias,
  type Place,
  type TenantId,
} from "../../base/index.ts";
import {
  type Attestations,
  type Cell,
  type DeclaredMechanism,
  type Endpoint,
  type LawPolicy,
  type Regime,
  type Requirement,
  requirementLevels,
} from "../../law/index.ts";
import { buildAttestation } from "./build-attestation.ts";
import { buildDocument, type DocumentDocument } from "./build-document.ts";
import { buildPrice, keyLimitsOf, priorityOf, tenantLimitsOf } from "./build-limits.ts";
import { buildValidity } from "./build-validity.ts";
import {
  buildSurroundings,
  cellSiting,
  endpointEvidence,
  endpointServes,
  endpointSiting,
  endpointUrl,
  endpointWatchedRegions,
  type Surroundings,
} from "./build-siting.ts";
import type {
  EndpointCalling,
  EndpointConfig,
  FilePolicy,
  Model,
  Policy,
  ResponseCachePolicy,
  Serving,
  Tenant,
  TenantKey,
} from "../values/policy.ts";
import type { PolicyDocument } from "../schema/policy-schema.ts";
import type { ProviderDocument } from "../schema/provider-schema.ts";
import type { KeySetAddress, TokenIssuer } from "../values/token-issuer.ts";

type ModelDocument = PolicyDocument["models"][string];
type TenantDocument = PolicyDocument["tenants"][string];
type JwtDocument = NonNullable<TenantDocument["identity"]>["jwt"];

export interface PolicyParts {
  readonly document: PolicyDocument;
  readonly regimes: readonly Regime[];
  /** Those that endpoints name. */
  readonly providers: readonly ProviderDocument[];
  readonly packs: Policy["packs"];
  readonly hash: string;
  readonly texts: Policy["texts"];
  readonly warnings: Policy["warnings"];
}

export function buildPolicy(parts: PolicyParts): Policy {
  const { document, packs, texts, warnings } = parts;
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
    texts,
    warnings,
  };
}

function buildLaw({ document, regimes, hash }: PolicyParts, surroundings: Surroundings): LawPolicy {
  return {
    regimes,
    mechanisms: Object.entries(document.law.mechanisms).map(buildMechanism),
    acceptances: Object.entries(document.law.accepts).map(([place, { by, ...period }]) => ({
      place: place as Place,
      by,
      validity: buildValidity(period),
    })),
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
  const { kind, from, to, classes, since, until, ...rest } = declared;
  const validity = buildValidity({ since, until });
  const named = Object.entries(rest as Readonly<Record<string, DocumentDocument>>);
  const documents = Object.fromEntries(named.map(([name, document]) => [name, buildDocument(document)]));
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
    provider: document.provider ?? null,
    region: document.region ?? null,
    watchedRegions: endpointWatchedRegions(document, surroundings),
    peer: (document.peer ?? null) as CellId | null,
    apiKey: document.key ?? null,
    calling: buildCalling(document, endpointServes(document, surroundings)),
    attestation: document.attestation ? buildAttestation(document.attestation) : null,
  };
}

function buildCalling(
  document: PolicyDocument["endpoints"][string],
  serves: EndpointCalling["serves"],
): EndpointCalling | null {
  const { path, headers, query, ca, "health-path": healthPath, "client-certificate": client } = document;
  const written = [path, headers, query, ca, healthPath, client];
  if (serves === null && written.every((value) => value === undefined)) return null;
  return {
    path: path ?? null,
    serves,
    healthPath: healthPath ?? null,
    headers: headers ?? {},
    query: query ?? {},
    caPath: ca ?? null,
    client: client ? { certificatePath: client.certificate, keyPath: client.key } : null,
  };
}

function buildModel(alias: string, document: ModelDocument): Model {
  return {
    alias: alias as ModelAlias,
    mode: document.mode,
    rules: (document.rules ?? []).map(({ when, prefer, transfers }) => ({
      holds: when,
      ranking: prefer,
      allowsTransfers: transfers === "allowed",
    })),
    allows: new Set(document.allows),
    tokens: document.tokens ?? null,
    hedgeAfterMs: document.hedge?.["after-ms"] ?? null,
    servedBy: new Map(
      Object.entries(document["served-by"]).map(([id, served]) => [id as EndpointId, buildServing(served)]),
    ),
  };
}

function buildServing(served: ModelDocument["served-by"][string]): Serving {
  if (typeof served === "string") return { model: served, order: 1, weight: null, price: null };
  const { model, order, weight = null, price } = served;
  return { model, order, weight, price: price ? buildPrice(price) : null };
}

export function buildTenant(id: string, document: TenantDocument): Tenant {
  return {
    id: id as TenantId,
    entity: document.entity ?? id,
    established: document.established,
    subjects: document.subjects ?? [],
    citizenships: document.citizenships ?? [],
    persons: document.persons,
    residences: document.residences ?? [],
    sector: document.sector ?? null,
    classes: document.class,
    attested: buildAttestations(document),
    attestedAsOf: new Map(
      Object.entries(document.volumes).flatMap(([counter, { asOf }]) =>
        asOf === null ? [] : [[counter, asOf]],
      ),
    ),
    requirements: buildRequirements(document),
    keys: Object.entries(document.keys).map(([name, key]) =>
      buildKey(key, { limits: keyLimitsOf(id, document, name), priority: priorityOf(document, name) }),
    ),
    tokens: document.identity ? buildTokenIssuer(document.identity.jwt) : null,
    maySelect: new Set(document.signals["may-select"]),
    models: document.models ? document.models.map((alias) => alias as ModelAlias) : null,
    limits: tenantLimitsOf(id, document),
    priority: priorityOf(document, null),
    recordDays: document.records ?? null,
    responseCache: buildResponseCache(document["response-cache"]),
    files: buildFiles(document.files),
  };
}

function buildResponseCache(document: TenantDocument["response-cache"]): ResponseCachePolicy | null {
  if (document === undefined) return null;
  return {
    models: new Set(document.models.map((alias) => alias as ModelAlias)),
    classes: new Set(document.classes),
    lifetimeMs: document["lifetime-seconds"] * 1_000,
    maxBytes: document["max-bytes"],
  };
}

function buildFiles(document: TenantDocument["files"]): FilePolicy | null {
  if (document === undefined) return null;
  const keepAtMostMs = document["keep-at-most"] * dayMs;
  const batches = document.batches ?? null;
  return {
    keepMs: Math.min(document.keep * dayMs, keepAtMostMs),
    keepAtMostMs,
    maxBytes: document["max-bytes"],
    maxCount: document["max-count"],
    batches: batches && { atOnce: batches["at-once"], maxOpen: batches["max-open"] },
  };
}

function buildAttestations(document: TenantDocument): Attestations {
  return {
    statuses: document.statuses ?? null,
    purposes: document.purposes ?? null,
    employment: document.employment ?? null,
    minors: document.minors ?? null,
    volumes: Object.fromEntries(Object.entries(document.volumes).map(([name, { count }]) => [name, count])),
    targets: document.targets ?? null,
    role: document.role ?? null,
  };
}

/** A requirement without a zone means the jurisdiction's own, which the checks have made sure is one place. */
function buildRequirements({ requires, subjects }: TenantDocument): readonly Requirement[] {
  return requirementLevels.flatMap((level): readonly Requirement[] => {
    const wanted = requires?.[level];
    if (wanted === undefined) return [];
    if (wanted !== null && wanted !== true) return [{ level, zoneName: wanted.name, zone: wanted.places }];
    return [{ level, zoneName: subjects?.join(", ") ?? "", zone: new Set(subjects) }];
  });
}

function buildKey(
  key: TenantDocument["keys"][string],
  standing: Pick<TenantKey, "limits" | "priority">,
): TenantKey {
  return {
    sha256: key.sha256 ?? null,
    spiffe: key.spiffe ?? null,
    subjects: key.subjects ?? [],
    classes: key.class ?? [],
    expiresAtMs: key.expires ?? null,
    peer: (key.peer ?? null) as CellId | null,
    ...standing,
  };
}

function buildTokenIssuer({ issuer, audience, keys = [], claims, ...jwt }: JwtDocument): TokenIssuer {
  const { place = null, citizenship = null, class: dataClass = null } = claims;
  const url = jwt["jwks-url"];
  const keySet: KeySetAddress | null =
    url === undefined
      ? null
      : {
          id: `${issuer} ${url}`,
          url,
          caPath: jwt["jwks-ca"] ?? null,
          maxAgeMs: (jwt["jwks-max-age"] ?? 1) * dayMs,
        };
  return { issuer, audience, keys, keySet, claims: { place, citizenship, class: dataClass } };
}

function mapOf<Id extends string, Document, Value>(
  documents: Readonly<Record<string, Document>>,
  build: (id: string, document: Document) => Value & { readonly id?: Id; readonly alias?: Id },
): ReadonlyMap<Id, Value> {
  return new Map(Object.entries(documents).map(([id, document]) => [id as Id, build(id, document)]));
}
