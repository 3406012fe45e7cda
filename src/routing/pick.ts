import type { EndpointId, InstantMs } from "../base/index.ts";
import type { Permit, PermittedEndpoint } from "../law/index.ts";
import { availableAtMs, type Health, isAvailable } from "./health.ts";

/** How the endpoints inside a permit are ranked. No mode widens the law. */
export const rankings = ["legal-first", "performance-first"] as const;
export type Ranking = (typeof rankings)[number];

/** What a cell knows of one endpoint at the moment of picking. */
export interface EndpointView {
  readonly health: Health;
  readonly inFlight: number;
  /** Smoothed time to the first chunk; null before the first answer. */
  readonly latencyMs: number | null;
}

export interface PickOptions {
  readonly mode: Ranking;
  readonly nowMs: InstantMs;
  /** Counts the picks of this process: equals take turns. */
  readonly turn: number;
  readonly view: (id: EndpointId) => EndpointView;
}

export interface Pick {
  /** Each available endpoint of the permit once, best first. */
  readonly candidates: readonly EndpointId[];
  /** When the first of the unavailable ones may be tried again; null when none of them ever comes back by itself. */
  readonly retryAtMs: InstantMs | null;
}

interface Ranked {
  readonly id: EndpointId;
  /** Compared from left to right; smaller is better. */
  readonly keys: readonly number[];
}

/** Orders the endpoints of `permit`. INVARIANT: nothing that the permit does not name is ever a candidate. */
export function pick(permit: Permit, options: PickOptions): Pick {
  const { endpoints } = permit.terms;
  const candidates = endpoints
    .map((endpoint, position) => rank(endpoint, (position + options.turn) % endpoints.length, options))
    .filter((ranked) => ranked !== null)
    .toSorted(byKeys)
    .map(({ id }) => id);
  const returns = endpoints
    .filter(({ id }) => !candidates.includes(id))
    .map(({ id }) => availableAtMs(options.view(id).health))
    .filter((atMs) => atMs !== null);
  return { candidates, retryAtMs: returns.length > 0 ? Math.min(...returns) : null };
}

function rank(endpoint: PermittedEndpoint, turn: number, options: PickOptions): Ranked | null {
  const { health, inFlight, latencyMs } = options.view(endpoint.id);
  if (!isAvailable(health, options.nowMs)) return null;
  const trial = health.kind === "closed" ? 0 : 1;
  const legal = legalRank(endpoint);
  const keys =
    options.mode === "legal-first"
      ? [legal, trial, inFlight, latencyBand(latencyMs), turn]
      : [trial, latencyBand(expectedWaitMs(inFlight, latencyMs)), inFlight, legal, turn];
  return { id: endpoint.id, keys };
}

/** Home under its own law's control, then home, then abroad with a ground for it. */
function legalRank(endpoint: PermittedEndpoint): number {
  if (endpoint.isTransfer) return 2;
  return endpoint.isSovereign ? 0 : 1;
}

function expectedWaitMs(inFlight: number, latencyMs: number | null): number | null {
  return latencyMs === null ? null : latencyMs * (inFlight + 1);
}

/** Latencies within a factor of two are equals, lest noise pins all traffic to one of two like engines. */
function latencyBand(latencyMs: number | null): number {
  return latencyMs === null ? 0 : Math.max(0, Math.floor(Math.log2(Math.max(latencyMs, 1))));
}

function byKeys(left: Ranked, right: Ranked): number {
  for (const [index, key] of left.keys.entries()) {
    const difference = key - (right.keys[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
