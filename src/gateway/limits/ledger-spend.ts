// What a ledger holds of the money that tenants have spent in the period of now, read once when the cell starts.
import type { EndpointId, InstantMs, TenantId } from "../../base/index.ts";
import type { Model, ModelTokens, Money, Policy, Price } from "../../config/index.ts";
import { outcomeView } from "../../ledger/index.ts";
import { monthEndOf, type PublishedLog } from "../../store/index.ts";
import { type RecordedRequest, recordedRequests } from "../shared/ledger-requests.ts";
import { periodAt } from "./budget-period.ts";
import { tenantsWithBudget } from "./policy-levels.ts";
import type { SpendTally } from "./spend-tally.ts";
import { costOf, dearestOf, mostCostOf, usagesOf } from "./usage.ts";

interface SpendSource {
  readonly policy: Policy;
  /** Whole up to where anything was sent: all that was durable is sealed. */
  readonly logs: readonly PublishedLog[];
  /** By which entries name a tenant. */
  readonly handleOf: (tenant: TenantId) => string;
  readonly nowMs: InstantMs;
}

/** Adds to `spend`. Valued at the policy's prices: entries hold who used how much, and no price (docs/decisions/0042). */
export async function readSpend(
  { policy, logs, handleOf, nowMs }: SpendSource,
  spend: SpendTally,
): Promise<void> {
  const byHandle = new Map(tenantsWithBudget(policy).map((tenant) => [handleOf(tenant), tenant]));
  const { sinceMs } = periodAt("month", nowMs);
  for (const log of byHandle.size === 0 ? [] : logs) {
    const checkpoint = await log.readCheckpoint();
    // Entries of a month that is over can be gone, and then no period of now reaches them.
    if (checkpoint === null || monthEndOf(checkpoint.origin) <= sinceMs) continue;
    for await (const request of recordedRequests(log, checkpoint.size, new Set(byHandle.keys()))) {
      const tenant = byHandle.get(request.decision.tenant);
      if (tenant !== undefined) spend.of(tenant).add(request.decision.ts, costOfRequest(policy, request));
    }
  }
}

/** Whose outcome nobody knows may have been one attempt at any endpoint. */
function costOfRequest(policy: Policy, { decision, outcome }: RecordedRequest): Money {
  const model = modelOf(policy, decision.model);
  if (outcome === null) {
    const prices = decision.allowed.flatMap(({ endpoint }) => priceAt(policy, model, endpoint) ?? []);
    return mostOf(policy, model, dearestOf(prices));
  }
  const { attempts, answered } = outcomeView(outcome);
  const answeredBy = answered === null ? null : attempts.indexOf(answered);
  const usages = usagesOf({ result: outcome.result, attempts, answeredBy });
  return usages.reduce((total, { endpoint, tokens }) => {
    const price = priceAt(policy, model, endpoint);
    return total + (tokens && price ? costOf(tokens, price) : mostOf(policy, model, price));
  }, 0n);
}

/**
 * What an attempt costs at most, by the policy alone: entries do not hold how long a request was. INVARIANT: never less
 * than the cell took it for while it ran, but for a request of several answers.
 */
function mostOf(policy: Policy, model: Model | undefined, price: Price | null): Money {
  const { context, output } = model?.tokens ?? largestTokens(policy);
  return price === null ? 0n : mostCostOf({ input: context, output }, price);
}

function modelOf({ models }: Policy, alias: string | null): Model | undefined {
  return Array.from(models.values()).find((model) => model.alias === alias);
}

/** An endpoint or a model that the policy does not name any more has the dearest price that it still names. */
function priceAt({ models }: Policy, model: Model | undefined, endpoint: EndpointId): Price | null {
  const own = model?.servedBy.get(endpoint)?.price;
  if (own) return own;
  const candidates = model ? [model] : Array.from(models.values());
  return dearestOf(
    candidates.flatMap(({ servedBy }) => Array.from(servedBy.values(), ({ price }) => price ?? [])).flat(),
  );
}

function largestTokens({ models }: Policy): ModelTokens {
  const stated = Array.from(models.values(), ({ tokens }) => tokens ?? []).flat();
  return {
    context: Math.max(0, ...stated.map(({ context }) => context)),
    output: Math.max(0, ...stated.map(({ output }) => output)),
  };
}
