// Public keys as Web Crypto takes them, by name.
import { importJWK } from "jose";
import type { PinnedKey } from "../../config/index.ts";

export interface UsableKey {
  readonly pinned: PinnedKey;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
}

export type UsableKeys = ReadonlyMap<string, UsableKey>;

/** Rejects for a key that is none, such as a point off its curve. */
export async function importKey(pinned: PinnedKey): Promise<UsableKey> {
  return { pinned, key: await importJWK(pinned.jwk, pinned.algorithm) };
}

export function byName(keys: readonly UsableKey[]): UsableKeys {
  return new Map(keys.map((key) => [key.pinned.kid, key]));
}
