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
  standingRank,
  standingRanks,
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
  /** Each available endpoint of the permit once, best first. Who takes the first alone has no others put in order. */
  readonly candidates: Iterable<EndpointId>;
  /** When the first of the unavailable ones may be tried again; null when none of them ever comes back by itself. */
  readonly retryAtMs: MonotonicMs | null;
}

/** Orders the endpoints of `permit`. INVARIANT: nothing that the permit does not name is ever a candidate. */
export function pick(permit: Permit, options: PickOptions): Pick {
  const available: Seen[] = [];
  let retryAtMs: MonotonicMs | null = null;
  for (const endpoint of permit.terms.endpoints) {
    const view = options.view(endpoint.id);
    if (isOpen(view, options.nowMs)) {
      available.push({ endpoint, view });
      continue;
    }
    const atMs = returnOf(view);
    if (atMs !== null && (retryAtMs === null || atMs < retryAtMs)) retryAtMs = atMs;
  }
  const [first] = available;
  if (first && available.length === 1) return { candidates: [first.endpoint.id], retryAtMs };
  return { candidates: { [Symbol.iterator]: () => bestFirst(available, options) }, retryAtMs };
}

/** Two looks at each are enough for the first; the others are put in order for whom it fails. */
function* bestFirst(available: readonly Seen[], options: PickOptions): Generator<EndpointId, void> {
  const ranks = ranksOf(available, options);
  for (const rank of inOrder(ranks)) {
    const group = available.filter((_, at) => ranks[at] === rank);
    const keys = keysOf(group, options);
    const best = leastAt(keys);
    yield group[best]?.endpoint.id as EndpointId;
    const others = group.flatMap((seen, at) => (at === best ? [] : [{ seen, keys: keys[at] ?? [] }]));
    for (const { seen } of others.toSorted((left, right) => compareKeys(left.keys, right.keys)))
      yield seen.endpoint.id;
  }
}

/** Each once, the smallest first; the others are not sorted for whoever stops at it. */
function* inOrder(ranks: readonly number[]): Generator<number, void> {
  if (ranks.length === 0) return;
  const least = Math.min(...ranks);
  yield least;
  const others = new Set(ranks.filter((rank) => rank !== least));
  yield* Array.from(others).toSorted((left, right) => left - right);
}

function leastAt(keys: readonly (readonly number[])[]): number {
  let best = 0;
  for (let at = 1; at < keys.length; at++) if (compareKeys(keys[at] ?? [], keys[best] ?? []) < 0) best = at;
  return best;
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

interface Seen {
  readonly endpoint: PermittedEndpoint;
  readonly view: EndpointView;
}

/** Where more of those that may be asked would be outliers, none of them is: the others could not take their load. */
const mostOutliers = 1 / 3;

/** Those of one rank only load, latency and turn tell apart; the smallest is the best. */
function ranksOf(seen: readonly Seen[], { mode, preferences }: PickOptions): readonly number[] {
  let outliers = 0;
  for (const { view } of seen) if (view.isOutlier === true) outliers++;
  const areFew = outliers <= seen.length * mostOutliers;
  return seen.map(({ endpoint, view }) => {
    const { health, circuit, isDoubtful, isFailing, isOutlier } = view;
    const isWell =
      health.kind === "closed" && circuit.kind === "closed" && !isDoubtful && !(areFew && isOutlier === true);
    const rank = (isFailing === true ? standingRanks : 0) + standingRank(endpoint, mode, preferences);
    // One on trial comes after its equals: no caller should be its test where another one can serve.
    return rank * 2 + (isWell ? 0 : 1);
  });
}

/** What tells those of one rank apart. INVARIANT: the turn, which is another for each, is the last key, so no two are equal. */
function keysOf(group: readonly Seen[], options: PickOptions): readonly (readonly number[])[] {
  const weights = group.map(({ endpoint }) => preferenceFor(endpoint.id, options.preferences).weight);
  const isShared = weights.some((weight) => weight !== null);
  const shares = weights.map((weight) => weight ?? 1);
  const turns = turnsOf(shares, options.turn);
  return isShared ? keysByShare(group, shares, turns) : keysByLoad(group, options, turns);
}

/** Where the operator stated a weight, nobody's latency moves the shares: only one that is full lets others go first. */
function keysByShare(
  group: readonly Seen[],
  shares: readonly number[],
  turns: readonly number[],
): readonly (readonly number[])[] {
  const loads = group.map(({ view: { inFlight } }, at) => ({ inFlight, weight: shares[at] ?? 1 }));
  return fullOf(loads).map((isFull, at) => [isFull ? 1 : 0, turns[at] ?? 0]);
}

/**
 * Nobody knows how fast an unmeasured endpoint is. It is taken to be as fast as the fastest of its equals, never faster,
 * and while one request is finding out, the others go to those that are measured.
 */
function keysByLoad(
  group: readonly Seen[],
  { mode }: PickOptions,
  turns: readonly number[],
): readonly (readonly number[])[] {
  let assumedMs = Infinity;
  for (const { view } of group) assumedMs = Math.min(assumedMs, view.latencyMs ?? Infinity);
  return group.map(({ endpoint, view: { inFlight, latencyMs } }, at) => {
    const turn = turns[at] ?? 0;
    const isProbed = latencyMs === null && inFlight > 0 ? 1 : 0;
    const likelyMs = latencyMs ?? (Number.isFinite(assumedMs) ? assumedMs : 0);
    if (mode === "legal-first") return [isProbed, inFlight, latencyBand(likelyMs), turn];
    return [isProbed, latencyBand(likelyMs * (inFlight + 1)), inFlight, legalRank(endpoint), turn];
  });
}

/** Latencies within a factor of two are equals, lest noise pins all traffic to one of two like engines. */
function latencyBand(latencyMs: number): number {
  return Math.floor(Math.log2(Math.max(latencyMs, 1)));
}
