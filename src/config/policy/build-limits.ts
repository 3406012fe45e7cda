import type { TenantId } from "../../base/index.ts";
import type { Priority } from "../../routing/index.ts";
import type { PolicyDocument } from "../schema/policy-schema.ts";
import { type Budget, type LimitLevel, moneyOf, type Price, pricePerToken } from "../values/limits.ts";

type TenantDocument = PolicyDocument["tenants"][string];
type LimitsDocument = TenantDocument["limits"];
type ServingDocument = PolicyDocument["models"][string]["served-by"][string];
type PriceDocument = NonNullable<Exclude<ServingDocument, string>["price"]>;

export function buildPrice({ input, "cached-input": cached, output, currency }: PriceDocument): Price {
  return {
    input: pricePerToken(input),
    cached: pricePerToken(cached ?? input),
    output: pricePerToken(output),
    currency,
  };
}

/** One level where the tenant has limits of its own, else none. */
export function tenantLimitsOf(
  id: string,
  { limits }: Pick<TenantDocument, "limits">,
): readonly LimitLevel[] {
  return levelsOf({ kind: "tenant", tenant: id as TenantId, name: null, id }, limits);
}

/** The tenant's, then the team's, then the key's own. */
export function keyLimitsOf(id: string, document: TenantDocument, name: string): readonly LimitLevel[] {
  const tenant = id as TenantId;
  const key = document.keys[name];
  const team = key?.team;
  // No name holds a slash.
  const ofTeam = team === undefined ? undefined : document.teams[team]?.limits;
  return [
    ...tenantLimitsOf(id, document),
    ...levelsOf({ kind: "team", tenant, name: team ?? null, id: `${id}/team/${team}` }, ofTeam),
    ...levelsOf({ kind: "key", tenant, name, id: `${id}/key/${name}` }, key?.limits),
  ];
}

/** What stands nearest to the key. */
export function priorityOf({ keys, teams, priority }: TenantDocument, name: string | null): Priority {
  const key = name === null ? undefined : keys[name];
  const team = key?.team === undefined ? undefined : teams[key.team];
  return key?.priority ?? team?.priority ?? priority ?? "normal";
}

type Whose = Pick<LimitLevel, "kind" | "tenant" | "name" | "id">;

function levelsOf(whose: Whose, limits: LimitsDocument | undefined): readonly LimitLevel[] {
  if (limits === undefined || Object.values(limits).every((value) => value === undefined)) return [];
  return [
    {
      ...whose,
      requestsPerMinute: limits["requests-per-minute"] ?? null,
      tokensPerMinute: limits["tokens-per-minute"] ?? null,
      concurrentRequests: limits["concurrent-requests"] ?? null,
      budget: limits.budget ? buildBudget(limits.budget) : null,
    },
  ];
}

function buildBudget({ amount, currency, per }: NonNullable<LimitsDocument["budget"]>): Budget {
  return { amount: moneyOf(amount), currency, per };
}
