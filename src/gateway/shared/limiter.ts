// Owner: the gateway's thread. With several, each tenant's use is a flat shared record, so that a limit is the cell's.
import { elapsedMs, type MonotonicMs, type TenantId } from "../../base/index.ts";
import type { Tenant } from "../../config/index.ts";

/** One tenant's requests in this process. Limits of a fleet are other work. */
export interface Limiter {
  /** Counts a request in until `release`; or says how long to wait when a limit is reached, and counts nothing. */
  enter(tenant: Tenant, nowMs: MonotonicMs): Entrance;
}

type Entrance =
  | { readonly kind: "admitted"; release(): void }
  | {
      readonly kind: "refused";
      /** As the policy spells it. */
      readonly limit: "requests-per-minute" | "concurrent-requests";
      readonly waitMs: number;
    };

interface Use {
  concurrent: number;
  /** Of a token bucket that holds one minute's requests and refills evenly. */
  tokens: number;
  refilledAtMs: MonotonicMs;
}

export function createLimiter(): Limiter {
  const uses = new Map<TenantId, Use>();
  return {
    enter(tenant, nowMs) {
      const { requestsPerMinute, concurrentRequests } = tenant.limits;
      const use = uses.get(tenant.id) ?? {
        concurrent: 0,
        tokens: requestsPerMinute ?? 0,
        refilledAtMs: nowMs,
      };
      uses.set(tenant.id, use);
      if (concurrentRequests !== null && use.concurrent >= concurrentRequests) {
        // When the first of them ends nobody knows; a second is short for a person and long for a machine.
        return { kind: "refused", limit: "concurrent-requests", waitMs: 1_000 };
      }
      if (requestsPerMinute !== null) {
        const waitMs = takeToken(use, requestsPerMinute, nowMs);
        if (waitMs > 0) return { kind: "refused", limit: "requests-per-minute", waitMs };
      }
      use.concurrent++;
      return { kind: "admitted", release: () => void use.concurrent-- };
    },
  };
}

/** 0 when a token was taken, else how long until there is one. */
function takeToken(use: Use, perMinute: number, nowMs: MonotonicMs): number {
  const perMs = perMinute / 60_000;
  use.tokens = Math.min(perMinute, use.tokens + elapsedMs(use.refilledAtMs, nowMs) * perMs);
  use.refilledAtMs = nowMs;
  if (use.tokens < 1) return Math.max(1, (1 - use.tokens) / perMs);
  use.tokens--;
  return 0;
}
