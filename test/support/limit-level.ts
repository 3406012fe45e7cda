import type { TenantId } from "../../src/base/index.ts";
import type { LimitLevel, Policy } from "../../src/config/index.ts";

/** Of tenant `t`, with no limit but those given. */
export function limitLevel(limits: Partial<LimitLevel>): LimitLevel {
  return {
    kind: "tenant",
    tenant: "t" as TenantId,
    name: null,
    id: "t",
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrentRequests: null,
    budget: null,
    ...limits,
  };
}

/** One tenant that has these levels. */
export function policyOfLevels(limits: readonly LimitLevel[]): Pick<Policy, "tenants"> {
  const id = limits[0]?.tenant ?? ("t" as TenantId);
  return { tenants: new Map([[id, { id, limits, keys: [] }]]) as unknown as Policy["tenants"] };
}
