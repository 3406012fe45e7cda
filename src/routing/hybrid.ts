// Mode `hybrid`: the model's own rules say, request by request, how lawful endpoints are ranked and whether transfers are
// among them. INVARIANT: a rule chooses inside the permit; what it leaves out it can only leave out.
import type { EndpointId, InstantMs, TenantId } from "../base/index.ts";
import { type Facts, impliedClasses } from "../law/index.ts";
import type { Ranking } from "./preference.ts";

export const routingModes = ["legal-first", "performance-first", "hybrid"] as const;
export type RoutingMode = (typeof routingModes)[number];

/** What a request's rules come to. */
export interface RoutePlan {
  readonly ranking: Ranking;
  /** Whether endpoints that the law allows as transfers may be used. */
  readonly allowsTransfers: boolean;
}

/** Everything that a rule may look at. */
export interface RoutingFacts {
  readonly tenant: TenantId;
  /** The request's data classes, with the wider ones that each implies. */
  readonly classes: readonly string[];
  readonly subjects: readonly string[];
  readonly nowMs: InstantMs;
  readonly service: ServiceState;
}

/** How the cell's endpoints for the model do, as of now. What nobody has measured yet is not there. */
export interface ServiceState {
  /** Endpoints of the permit that are no transfers and take requests. */
  readonly homeAvailable: number;
  /** How long the fastest of them takes to the first chunk. */
  readonly homeLatencyMs: number | null;
  /** The error share of the most reliable of them, from 0 to 1. */
  readonly homeErrorShare: number | null;
  readonly latencyMs: ReadonlyMap<EndpointId, number>;
  readonly errorShare: ReadonlyMap<EndpointId, number>;
}

export function routingFactsOf(facts: Facts, nowMs: InstantMs, service: ServiceState): RoutingFacts {
  return {
    tenant: facts.tenant,
    classes: [...new Set(facts.classes.flatMap(({ value }) => [value, ...impliedClasses[value]]))],
    subjects: facts.subjectPlaces.map(({ value }) => value),
    nowMs,
    service,
  };
}

export interface HybridRule extends RoutePlan {
  /** Throws when it cannot be said: a fact that is not there, for one. */
  readonly holds: (facts: RoutingFacts) => boolean;
}

/** The plan that holds where no rule says otherwise. */
const strictest: RoutePlan = { ranking: "legal-first", allowsTransfers: false };

/**
 * The plan of the first rule that holds. A rule that errors might have been the one that forbids, so nothing behind it
 * is asked and the strictest plan is taken. The other modes leave transfers to the law.
 */
export function routePlanFor(
  { mode, rules }: { readonly mode: RoutingMode; readonly rules: readonly HybridRule[] },
  facts: () => RoutingFacts,
): RoutePlan {
  if (mode !== "hybrid") return { ranking: mode, allowsTransfers: true };
  try {
    const known = facts();
    const { ranking, allowsTransfers } = rules.find(({ holds }) => holds(known)) ?? strictest;
    return { ranking, allowsTransfers };
  } catch {
    return strictest;
  }
}
