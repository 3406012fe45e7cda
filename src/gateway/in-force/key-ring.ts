// Owner: the gateway's thread.
import { hash } from "node:crypto";
import {
  keyClaims,
  patternsOf,
  type RequestClaims,
  type SpiffeId,
  type Tenant,
  type TenantKey,
} from "../../config/index.ts";

/** Whose key it is. */
export interface KeyHolder {
  readonly tenant: Tenant;
  readonly key: TenantKey;
  /** One value for all requests under the key. */
  readonly claims: RequestClaims;
}

/** Finds the owner of an API key or of a client certificate. */
export interface KeyRing {
  /** The policy holds SHA-256 only, so a look-up by hash tells its timing nothing. */
  find(apiKey: string): KeyHolder | null;
  /** By the key whose SPIFFE ID fits best: the ID itself before a beginning of it, a longer before a shorter one. */
  findWorkload(id: SpiffeId): KeyHolder | null;
  /** As `Caller.credentials` names it: `key <SHA-256>`, or `certificate <SPIFFE ID>`. */
  findCredential(credential: string): KeyHolder | null;
}

export function createKeyRing(tenants: Iterable<Tenant>): KeyRing {
  const byHash = new Map<string, KeyHolder>();
  const byPattern = new Map<string, KeyHolder>();
  for (const tenant of tenants) {
    for (const key of tenant.keys) {
      const holder = { tenant, key, claims: keyClaims(key) };
      if (key.sha256 !== null) byHash.set(key.sha256, holder);
      if (key.spiffe !== null) byPattern.set(key.spiffe, holder);
    }
  }
  const ofWorkload = (id: string): KeyHolder | null => {
    const fitting = byPattern.size === 0 ? undefined : patternsOf(id).find((each) => byPattern.has(each));
    return (fitting !== undefined && byPattern.get(fitting)) || null;
  };
  return {
    find: (apiKey) => byHash.get(hash("sha256", apiKey)) ?? null,
    findWorkload: ({ text }) => ofWorkload(text),
    findCredential(credential) {
      const [kind = "", name = ""] = credential.split(" ", 2);
      return kind === "key" ? (byHash.get(name) ?? null) : kind === "certificate" ? ofWorkload(name) : null;
    },
  };
}
