import { createHash } from "node:crypto";
import type { Tenant, TenantKey } from "../config/index.ts";

/** Whose key it is. */
export interface Caller {
  readonly tenant: Tenant;
  readonly key: TenantKey;
}

/** Finds the owner of an API key. The policy holds SHA-256 only, so a look-up by hash tells its timing nothing. */
export interface KeyRing {
  find(apiKey: string): Caller | null;
}

export function createKeyRing(tenants: Iterable<Tenant>): KeyRing {
  const callers = new Map<string, Caller>();
  for (const tenant of tenants) {
    for (const key of tenant.keys) callers.set(key.sha256, { tenant, key });
  }
  return {
    find: (apiKey) => callers.get(createHash("sha256").update(apiKey).digest("hex")) ?? null,
  };
}
