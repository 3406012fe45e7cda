// Owner: the gateway's thread.
import { hash } from "node:crypto";
import { keyClaims, type RequestClaims, type Tenant, type TenantKey } from "../../config/index.ts";

/** Whose key it is. */
export interface KeyHolder {
  readonly tenant: Tenant;
  readonly key: TenantKey;
  /** One value for all requests under the key. */
  readonly claims: RequestClaims;
}

/** Finds the owner of an API key. The policy holds SHA-256 only, so a look-up by hash tells its timing nothing. */
export interface KeyRing {
  find(apiKey: string): KeyHolder | null;
}

export function createKeyRing(tenants: Iterable<Tenant>): KeyRing {
  const holders = new Map<string, KeyHolder>();
  for (const tenant of tenants) {
    for (const key of tenant.keys) {
      holders.set(key.sha256, { tenant, key, claims: keyClaims(key) });
    }
  }
  return {
    find: (apiKey) => holders.get(hash("sha256", apiKey)) ?? null,
  };
}
