// Mode `hybrid`: the model's own rules say, request by request, how lawful endpoints are ranked and whether transfers are
// among them. INVARIANT: a rule chooses inside the permit; what it leaves out it can only leave out.
import type { EndpointId, InstantMs, TenantId } from "../base/index.ts";
import { type Facts, impliedClasses } from "../law/index.ts";
import type { Ranking } from "./pick.ts";

export const routingModes = ["legal-first", "performance-first", "hybrid"] as const;
export type RoutingMode = (typeof routingModes)[number];

/** What a request's rules come to. */
export interface Course {
  readonly ranking: Ranking;
  /** Whether endpoints that the law allows as transfers may be used. */
  readonly allowsTransfers: boolean;
}

/** Everything that a rule may look at. */
export interface RoutingFacts {
  readonly tenant: TenantId;
  /** With the wider classes that each implies. */
  readonly classes: readonly string[];
  readonly subjects: readonly string[];
  readonly nowMs: InstantMs;
  readonly service: ServiceState;
}

/** How the cell's endpoints for the model do, as of now. What nobody has measured yet is not there. */
export interface ServiceState {
  /** Endpoints of the permit that are no transfers and take requests. */
  readonly homeAvailable: number;
  /** Of the fastest of them, to the first chunk. */
  readonly homeLatencyMs: number | null;
  /** From 0 to 1, of the most reliable of them. */
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

export interface HybridRule extends Course {
  /** Throws when it cannot be said: a fact that is not there, for one. */
  readonly holds: (facts: RoutingFacts) => boolean;
}

/** Without a rule that says otherwise. */
const strictest: Course = { ranking: "legal-first", allowsTransfers: false };

/**
 * The course of the first rule that holds. A rule that errors might have been the one that forbids, so nothing behind it
 * is asked and the strictest course is taken. The other modes leave transfers to the law.
 */
export function courseFor(
  { mode, rules }: { readonly mode: RoutingMode; readonly rules: readonly HybridRule[] },
  facts: () => RoutingFacts,
): Course {
  if (mode !== "hybrid") return { ranking: mode, allowsTransfers: true };
  try {
    const known = facts();
    const { ranking, allowsTransfers } = rules.find(({ holds }) => holds(known)) ?? strictest;
    return { ranking, allowsTransfers };
  } catch {
    return strictest;
  }
}
