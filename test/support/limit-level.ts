import type { TenantId } from "../../src/base/index.ts";
import type { LimitLevel } from "../../src/config/index.ts";

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
