// Orders what a permit names: by standing (preference.ts), then by who may be a caller's test, then by share or by load.
import type { EndpointId, MonotonicMs } from "../base/index.ts";
import type { Permit, PermittedEndpoint } from "../law/index.ts";
import { type Circuit, circuitAvailableAtMs, isCircuitAvailable } from "./circuit.ts";
import { availableAtMs, type Health, isAvailable } from "./health.ts";
import {
  compareKeys,
  legalRank,
  preferenceFor,
  type Preferences,
  type Ranking,
  standingOf,
} from "./preference.ts";
import { fullOf, turnsOf } from "./shares.ts";

/** What a cell knows of one endpoint at the moment of picking. */
export interface EndpointView {
  readonly health: Health;
  /** For the model that is asked for. */
  readonly circuit: Circuit;
  /** The caller's own newest attempt failed there. */
  readonly isDoubtful: boolean;
  /** It failed this caller again and again: for now it comes last, as one does that is down. */
  readonly isFailing?: boolean;
  /** It does clearly worse than others that serve the model. */
  readonly isOutlier?: boolean;
  readonly inFlight: number;
  /** Smoothed time to the first chunk; null before the first answer. */
  readonly latencyMs: number | null;
}

export interface PickOptions {
  readonly mode: Ranking;
  /** Of the model that is asked for. */
  readonly preferences: Preferences;
  readonly nowMs: MonotonicMs;
  /** Counts the picks of this process: equals take turns. */
  readonly turn: number;
  readonly view: (id: EndpointId) => EndpointView;
}

export interface Pick {
  /** Each available endpoint of the permit once, best first. */
  readonly candidates: readonly EndpointId[];
  /** When the first of the unavailable ones may be tried again; null when none of them ever comes back by itself. */
  readonly retryAtMs: MonotonicMs | null;
}

/** Orders the endpoints of `permit`. INVARIANT: nothing that the permit does not name is ever a candidate. */
export function pick(permit: Permit, options: PickOptions): Pick {
  const { endpoints } = permit.terms;
  const views = endpoints.map((endpoint): Seen => ({ endpoint, ...options.view(endpoint.id) }));
  const available = views.filter((seen) => isOpen(seen, options.nowMs));
  const returns = views
    .filter((seen) => !available.includes(seen))
    .map(returnOf)
    .filter((atMs) => atMs !== null)
    .toSorted((left, right) => left - right);
  const candidates = groupsOf(available, options).flatMap((group) => orderOf(group, options));
  return { candidates: candidates.map(({ endpoint }) => endpoint.id), retryAtMs: returns[0] ?? null };
}

/** The later of the two, for both must let a request through. */
function returnOf({ health, circuit }: EndpointView): MonotonicMs | null {
  const healthAtMs = availableAtMs(health);
  if (health.kind === "quarantined") return null;
  const circuitAtMs = circuitAvailableAtMs(circuit);
  if (healthAtMs === null || circuitAtMs === null) return healthAtMs ?? circuitAtMs;
  return healthAtMs > circuitAtMs ? healthAtMs : circuitAtMs;
}

/** Both must let a request through. */
function isOpen({ health, circuit }: EndpointView, nowMs: MonotonicMs): boolean {
  return isAvailable(health, nowMs) && isCircuitAvailable(circuit, nowMs);
}

interface Seen extends EndpointView {
  readonly endpoint: PermittedEndpoint;
}

/** Where more of those that may be asked would be outliers, none of them is: the others could not take their load. */
const mostOutliers = 1 / 3;

/** Those that only load, latency and turn tell apart; the best group first. */
function groupsOf(seen: readonly Seen[], { mode, preferences }: PickOptions): readonly (readonly Seen[])[] {
  const areFew = seen.filter(({ isOutlier }) => isOutlier === true).length <= seen.length * mostOutliers;
  const isWell = ({ health, circuit, isDoubtful, isOutlier }: Seen): boolean =>
    health.kind === "closed" && circuit.kind === "closed" && !isDoubtful && !(areFew && isOutlier === true);
  const keysOf = (each: Seen): readonly number[] => [
    each.isFailing === true ? 1 : 0,
    ...standingOf(each.endpoint, mode, preferences),
    // One on trial comes after its equals: no caller should be its test where another one can serve.
    isWell(each) ? 0 : 1,
  ];
  return Array.from(Map.groupBy(seen, (each) => keysOf(each).join()).values())
    .map((group) => ({ group, keys: group[0] ? keysOf(group[0]) : [] }))
    .toSorted((left, right) => compareKeys(left.keys, right.keys))
    .map(({ group }) => group);
}

function orderOf(group: readonly Seen[], options: PickOptions): readonly Seen[] {
  const weights = group.map(({ endpoint }) => preferenceFor(endpoint.id, options.preferences).weight);
  const isShared = weights.some((weight) => weight !== null);
  const shares = weights.map((weight) => weight ?? 1);
  const turns = turnsOf(shares, options.turn);
  // INVARIANT: the turn, which is another for each, is the last key, so no two are ever equal.
  const keys = (isShared ? keysByShare(group, shares) : keysByLoad(group, options)).map((each, index) => [
    ...each,
    turns[index] ?? 0,
  ]);
  return group
    .map((seen, index) => ({ seen, keys: keys[index] ?? [] }))
    .toSorted((left, right) => compareKeys(left.keys, right.keys))
    .map(({ seen }) => seen);
}

/** Where the operator stated a weight, nobody's latency moves the shares: only one that is full lets others go first. */
function keysByShare(group: readonly Seen[], shares: readonly number[]): readonly (readonly number[])[] {
  const loads = group.map(({ inFlight }, index) => ({ inFlight, weight: shares[index] ?? 1 }));
  return fullOf(loads).map((isFull) => [isFull ? 1 : 0]);
}

/**
 * Nobody knows how fast an unmeasured endpoint is. It is taken to be as fast as the fastest of its equals, never faster,
 * and while one request is finding out, the others go to those that are measured.
 */
function keysByLoad(group: readonly Seen[], { mode }: PickOptions): readonly (readonly number[])[] {
  const assumedMs = Math.min(...group.flatMap(({ latencyMs }) => latencyMs ?? []));
  return group.map(({ endpoint, inFlight, latencyMs }) => {
    const isProbed = latencyMs === null && inFlight > 0 ? 1 : 0;
    const likelyMs = latencyMs ?? (Number.isFinite(assumedMs) ? assumedMs : 0);
    if (mode === "legal-first") return [isProbed, inFlight, latencyBand(likelyMs)];
    return [isProbed, latencyBand(likelyMs * (inFlight + 1)), inFlight, legalRank(endpoint)];
  });
}

/** Latencies within a factor of two are equals, lest noise pins all traffic to one of two like engines. */
function latencyBand(latencyMs: number): number {
  return Math.floor(Math.log2(Math.max(latencyMs, 1)));
}
