// What is lawful and yet not as its owner would want it: nothing to go to, one thing to go to, strangers everywhere.
import { countryOf, type EndpointId, includesPlace, type InstantMs, type Place } from "../../base/index.ts";
import type { Endpoint } from "../policy/endpoint.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Validity } from "../policy/regime.ts";
import type { Alike } from "./alike.ts";
import { type AnalysedModel, type AnalysedTenant, type Deployment, modelsOf } from "./deployment.ts";
import type { Span } from "./timeline.ts";

/** Requests under one tenant's contract. */
export interface RegimeUse {
  readonly tenant: AnalysedTenant;
  /** Alike places of which one is claimed beside those of the contract; null: the contract alone. */
  readonly claimedPlaces: Alike<Place> | null;
  readonly timeline: readonly Span[];
}

interface Gap {
  readonly tenant: string;
  /** Null: whatever is claimed. Otherwise requests that claim one of these beside what the contract says. */
  readonly places: readonly Place[] | null;
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
}

/** No endpoint for a model is lawful, whatever is up. */
export interface DeadEnd extends Gap {
  readonly model: string;
  /** `model-not-there`: endpoints are lawful, and none of them serves the model. */
  readonly kind: "law-unknown" | "nothing-lawful" | "model-not-there";
}

/** If these endpoints are down, nothing lawful is left for the model. */
export interface SinglePoint extends Gap {
  readonly model: string;
  readonly endpoints: readonly EndpointId[];
}

/** Every lawful endpoint for people in a place is controlled from outside its jurisdiction. */
export interface SovereigntyGap extends Gap {
  readonly jurisdiction: Place;
  readonly controlledFrom: readonly Place[];
}

export function deadEndsOf(standings: readonly RegimeUse[], deployment: Deployment): readonly DeadEnd[] {
  return gather(standings, ({ tenant }, { ruling }) =>
    modelsOf(tenant, deployment)
      .filter((model) => servers(model, ruling.lawful).length === 0)
      .map(({ alias }) => ({ model: alias, kind: kindOf(ruling.kind) })),
  );
}

/** Finds lawful sets of at most `maxDown` endpoints: to lose a part of such a set is no risk, to lose all of it is. */
export function singlePointsOf(
  standings: readonly RegimeUse[],
  deployment: Deployment,
  maxDown: number,
): readonly SinglePoint[] {
  return gather(standings, ({ tenant }, { ruling }) =>
    modelsOf(tenant, deployment)
      .map((model) => ({ model: model.alias, endpoints: servers(model, ruling.lawful) }))
      .filter(({ endpoints }) => endpoints.length > 0 && endpoints.length <= maxDown),
  );
}

export function sovereigntyGapsOf(
  standings: readonly RegimeUse[],
  { law }: Deployment,
): readonly SovereigntyGap[] {
  const endpoints = new Map(law.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  return gather(standings, ({ tenant, claimedPlaces }, { fromMs, ruling }) => {
    const controllers = ruling.lawful.flatMap((id) => {
      const endpoint = endpoints.get(id);
      return endpoint ? [controllersOf(endpoint, law, fromMs)] : [];
    });
    const jurisdictions = claimedPlaces
      ? [claimedPlaces[0]]
      : tenant.facts.subjectPlaces.map(({ value }) => value);
    return jurisdictions.flatMap((jurisdiction) => {
      const isOurs = homeOf(jurisdiction, law);
      const isGap = controllers.length > 0 && controllers.every((homes) => !homes.every(isOurs));
      const foreign = controllers.flat().filter((home) => !isOurs(home));
      return isGap ? [{ jurisdiction, controlledFrom: [...new Set(foreign)].toSorted() }] : [];
    });
  });
}

function kindOf(ruling: Span["ruling"]["kind"]): DeadEnd["kind"] {
  if (ruling === "permit") return "model-not-there";
  return ruling === "jurisdiction_unknown" ? "law-unknown" : "nothing-lawful";
}

function servers({ servedBy }: AnalysedModel, lawful: readonly EndpointId[]): readonly EndpointId[] {
  return lawful.filter((id) => servedBy.has(id));
}

/** The homes of its own operator and its cell's, and of their parents whose control is in force. */
function controllersOf(
  { cell, operator }: Endpoint,
  { cells }: LawPolicy,
  nowMs: InstantMs,
): readonly Place[] {
  const host = cells.find(({ id }) => id === cell);
  return [operator, ...(host ? [host.operator] : [])].flatMap(({ home, parents }) => [
    home,
    ...parents.filter(({ validity }) => isInForce(validity, nowMs)).map((parent) => parent.home),
  ]);
}

function isInForce({ fromMs, untilMs }: Validity, nowMs: InstantMs): boolean {
  return (fromMs === null || fromMs <= nowMs) && (untilMs === null || nowMs < untilMs);
}

/** The jurisdiction's own zone: its country, and the home that a regime shares among it and others, such as the EEA. */
function homeOf(jurisdiction: Place, { regimes }: LawPolicy): (place: Place) => boolean {
  const homes = regimes.map(({ home }) => home).filter((home) => includesPlace(home, jurisdiction));
  const country = countryOf(jurisdiction);
  return (place) => countryOf(place) === country || homes.some((home) => includesPlace(home, place));
}

/**
 * A claim only narrows, so what is found under the contract alone is found under every claim, and is told once. The same
 * finding for several places is one.
 */
function gather<Found>(
  standings: readonly RegimeUse[],
  find: (standing: RegimeUse, span: Span) => readonly Found[],
): readonly (Found & Gap)[] {
  const gathered = new Map<string, Found & Gap>();
  for (const standing of standings.toSorted(contractFirst)) {
    for (const span of standing.timeline) {
      for (const found of find(standing, span)) note(gathered, found, { standing, span });
    }
  }
  return [...gathered.values()];
}

function note<Found>(
  gathered: Map<string, Found & Gap>,
  found: Found,
  { standing, span }: { readonly standing: RegimeUse; readonly span: Span },
): void {
  const { fromMs, untilMs } = span;
  const tenant = standing.tenant.id;
  const key = JSON.stringify([found, tenant, fromMs, untilMs]);
  const known = gathered.get(key);
  if (known?.places === null) return;
  const places = standing.claimedPlaces && [...(known?.places ?? []), ...standing.claimedPlaces].toSorted();
  gathered.set(key, { ...found, tenant, places, fromMs, untilMs });
}

function contractFirst(left: RegimeUse, right: RegimeUse): number {
  return Number(left.claimedPlaces !== null) - Number(right.claimedPlaces !== null);
}
