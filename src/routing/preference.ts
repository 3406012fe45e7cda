import type { EndpointId } from "../base/index.ts";
import type { PermittedEndpoint } from "../law/index.ts";

/** How the endpoints inside a permit are ranked. No mode widens the law. */
export const rankings = ["legal-first", "performance-first"] as const;
export type Ranking = (typeof rankings)[number];

/** What the operator wishes for one endpoint of one model. */
export interface Preference {
  /** From 1. A higher order is asked where every endpoint of the lower ones is down, or has failed this request. */
  readonly order: number;
  /** Its share among the endpoints of its order; null where nobody stated one. */
  readonly weight: number | null;
}

export type Preferences = ReadonlyMap<EndpointId, Preference>;

const unstated: Preference = { order: 1, weight: null };

export function preferenceFor(id: EndpointId, preferences: Preferences): Preference {
  return preferences.get(id) ?? unstated;
}

/**
 * What no load and no latency outweighs, compared from left to right; smaller is better. INVARIANT: `legal-first` goes
 * home before abroad whatever the operator's order says, since a transfer is an exception that needs its ground.
 */
export function standingOf(
  endpoint: PermittedEndpoint,
  ranking: Ranking,
  preferences: Preferences,
): readonly number[] {
  const { order } = preferenceFor(endpoint.id, preferences);
  if (ranking === "performance-first") return [order];
  return [endpoint.isTransfer ? 1 : 0, order, endpoint.isSovereign ? 0 : 1];
}

/** The schema of policies has no order so high. */
const maxOrder = 1_024;
/** Every {@link standingRank} is less. */
export const standingRanks: number = 4 * maxOrder;

/** The same as {@link standingOf}, as one number. */
export function standingRank(
  endpoint: PermittedEndpoint,
  ranking: Ranking,
  preferences: Preferences,
): number {
  const { order } = preferenceFor(endpoint.id, preferences);
  if (ranking === "performance-first") return order;
  return ((endpoint.isTransfer ? maxOrder : 0) + order) * 2 + (endpoint.isSovereign ? 0 : 1);
}

/** Home under its own law's control, then home, then abroad with a ground for it. */
export function legalRank({ isTransfer, isSovereign }: PermittedEndpoint): number {
  if (isTransfer) return 2;
  return isSovereign ? 0 : 1;
}

/** Sorts a permit's endpoints best first, as far as that is known without looking at any of them. */
export function byStanding(
  ranking: Ranking,
  preferences: Preferences,
): (left: PermittedEndpoint, right: PermittedEndpoint) => number {
  const keysOf = (endpoint: PermittedEndpoint): readonly number[] => [
    ...standingOf(endpoint, ranking, preferences),
    legalRank(endpoint),
  ];
  return (left, right) => compareKeys(keysOf(left), keysOf(right));
}

/** Lists of one length, from left to right. */
export function compareKeys(left: readonly number[], right: readonly number[]): number {
  for (let at = 0; at < left.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
