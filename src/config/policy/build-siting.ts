// Where cells and endpoints are, and under whose control: as the policy says, or as the data of a provider says.
import { membersOf, type OperatorId, type Place } from "../../base/index.ts";
import {
  type Access,
  type Accessor,
  type Certification,
  type Contract,
  engineKinds,
  type EvidenceClass,
  type Operator,
  type Siting,
} from "../../law/index.ts";
import { isInHand } from "./build-document.ts";
import { buildValidity } from "./build-validity.ts";
import type { PolicyDocument } from "../schema/policy-schema.ts";
import { Relations } from "./relations.ts";
import { type ProviderDocument, type ProviderRegion, regionPlaces } from "../schema/provider-schema.ts";
import { type ServedOperation, servedOperations } from "../values/served-operation.ts";
import type { Zone } from "../schema/vocabulary.ts";

type CellDocument = PolicyDocument["cells"][string];
type EndpointDocument = PolicyDocument["endpoints"][string];
type OperatorDocument = PolicyDocument["operators"][string];

/** What endpoints may refer to. */
export interface Surroundings {
  readonly operators: ReadonlyMap<string, Operator>;
  readonly providers: ReadonlyMap<string, ProviderDocument>;
  /** Where a peer is called. */
  readonly cellUrls: ReadonlyMap<string, string>;
}

export function buildSurroundings(
  { operators, cells }: Pick<PolicyDocument, "operators" | "cells">,
  providers: readonly ProviderDocument[],
): Surroundings {
  const named = [
    ...Object.entries(operators),
    ...providers.map(({ operator: { id, ...document } }): [string, OperatorDocument] => [id, document]),
  ];
  const related = new Relations(named);
  return {
    operators: new Map(named.map(([id, document]) => [id, buildOperator(id, document, related)])),
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    cellUrls: new Map(Object.entries(cells).map(([id, { url }]) => [id, url])),
  };
}

export function cellSiting(cell: CellDocument, { operators }: Surroundings): Siting {
  return { ...ownPlaces({ ...cell, place: [cell.place] }), ...ownership(cell, cell.operator, operators) };
}

export function endpointSiting(endpoint: EndpointDocument, surroundings: Surroundings): Siting {
  const chosen = chosenRegion(endpoint, surroundings);
  const { operators } = surroundings;
  if (!chosen) return { ...ownPlaces(endpoint), ...ownership(endpoint, endpoint.operator, operators) };
  const { provider, region } = chosen;
  return {
    computes: placesIn(region.computes),
    stores: placesIn(region.stores),
    // No provider's data says from where its people reach in.
    support: accessFrom(endpoint.support ?? "unknown"),
    ...ownership(endpoint, provider.operator.id, operators),
  };
}

/** The weaker of what its engine can observe and what its provider gives. */
export function endpointEvidence(endpoint: EndpointDocument, surroundings: Surroundings): EvidenceClass {
  const { evidence } = engineKinds[endpoint.engine];
  const given = chosenRegion(endpoint, surroundings)?.region.evidence ?? evidence;
  // E0 to E4 are in order as text too.
  return given < evidence ? given : evidence;
}

export function endpointUrl(endpoint: EndpointDocument, surroundings: Surroundings): string | null {
  const peerUrl = surroundings.cellUrls.get(endpoint.peer ?? "");
  return endpoint.url ?? peerUrl ?? chosenRegion(endpoint, surroundings)?.region.url ?? null;
}

/** What it answers itself; null: what its engine speaks. Another cell answers whatever this one does. */
export function endpointServes(
  endpoint: EndpointDocument,
  surroundings: Surroundings,
): readonly ServedOperation[] | null {
  if (endpoint.serves !== undefined) return endpoint.serves;
  if (endpoint.peer !== undefined) return servedOperations;
  return chosenRegion(endpoint, surroundings)?.region.serves ?? null;
}

export function endpointWatchedRegions(
  endpoint: EndpointDocument,
  surroundings: Surroundings,
): ReadonlyMap<string, readonly Place[]> | null {
  const chosen = endpoint["watch-regions"] ? chosenRegion(endpoint, surroundings) : null;
  return chosen && regionPlaces(chosen.provider);
}

interface ChosenRegion {
  readonly provider: ProviderDocument;
  readonly region: ProviderRegion;
}

/** Null for an endpoint that says itself where it is. */
function chosenRegion(endpoint: EndpointDocument, { providers }: Surroundings): ChosenRegion | null {
  if (endpoint.provider === undefined) return null;
  const provider = providers.get(endpoint.provider);
  const region = provider?.regions[endpoint.region ?? ""];
  if (!provider || !region) throw new TypeError("a reference to no region passed the checks");
  return { provider, region };
}

/** Returns no place for what nobody can say, and the law refuses what has none. */
function placesIn(zone: Zone | undefined): readonly Place[] {
  return zone ? membersOf(zone.places) : [];
}

interface PlacesDocument {
  readonly place?: readonly Place[] | undefined;
  readonly stores?: readonly Place[] | undefined;
  readonly support?: SupportDocument | undefined;
}

type SupportDocument = NonNullable<EndpointDocument["support"]>;

function accessFrom(support: SupportDocument): readonly Access[] {
  if (support === "unknown") return [];
  if (Array.isArray(support)) return support.map((place: Place) => ({ place, by: null }));
  return Object.entries(support as Readonly<Record<Place, Accessor>>).map(([place, by]) => ({
    place: place as Place,
    by,
  }));
}

function ownPlaces({
  place,
  stores,
  support,
}: PlacesDocument): Pick<Siting, "computes" | "stores" | "support"> {
  if (!place) throw new TypeError("an endpoint without a place passed the checks");
  return {
    computes: place,
    stores: stores ?? place,
    support: accessFrom(support ?? place),
  };
}

function ownership(
  document: CellDocument | EndpointDocument,
  id: string | undefined,
  operators: Surroundings["operators"],
): Omit<Siting, "computes" | "stores" | "support"> {
  const operator = operators.get(id ?? "");
  if (!operator) throw new TypeError("a reference to no operator passed the checks");
  return {
    operator,
    certifications: buildCertifications(document.certifications),
    contracts: buildContracts(document.contracts),
    retentionDays: document["retention-days"] ?? null,
    premises: document.premises ?? null,
  };
}

function buildOperator(id: string, document: OperatorDocument, related: Relations): Operator {
  const { home, certifications, contracts, standings } = document;
  return {
    id: id as OperatorId,
    certifications: buildCertifications(certifications),
    contracts: buildContracts(contracts),
    standings: standings ? new Set(standings) : null,
    home,
    parents: related.ownersOf(id),
    ...related.of(id),
  };
}

function buildContracts(documents: OperatorDocument["contracts"]): readonly Contract[] | null {
  if (documents === undefined) return null;
  return Object.entries(documents)
    .filter(([, { document }]) => document === undefined || isInHand(document))
    .map(([contract, period]) => ({ contract, validity: buildValidity(period) }));
}

function buildCertifications(documents: OperatorDocument["certifications"]): readonly Certification[] {
  return Object.entries(documents).map(([scheme, { scope, ...validity }]) => ({
    scheme,
    scope: new Set(scope),
    validity: buildValidity(validity),
  }));
}
