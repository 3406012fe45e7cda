// A JWK set (RFC 7517 §5) as a provider publishes it. It is somebody else's text, and decides who is believed.
import { fail, isObject, ok, type Result } from "../../base/index.ts";
import { publicKey } from "../schema/identity-schema.ts";
import type { PinnedKey } from "../values/token-issuer.ts";

const maxKeys = 100;

/**
 * The keys of it that a policy could pin; the others, such as those for encryption, are passed over (RFC 7517 §5). The
 * reason for a failure quotes nothing of the text.
 */
export function parseKeySet(text: string): Result<readonly PinnedKey[], string> {
  const listed = keysIn(text);
  if (!listed) return fail("it is no JWK set");
  if (listed.length > maxKeys) return fail(`it has more than ${maxKeys} keys`);
  const keys = listed.flatMap(readKey);
  if (keys.length === 0) return fail("it has no key that signatures can be checked with");
  const kids = new Set(keys.map(({ kid }) => kid));
  // It would be chance which of the two has to verify.
  return kids.size === keys.length ? ok(keys) : fail("two of its keys have one name");
}

function keysIn(text: string): readonly unknown[] | null {
  try {
    const set: unknown = JSON.parse(text);
    return isObject(set) && Array.isArray(set["keys"]) ? set["keys"] : null;
  } catch {
    return null;
  }
}

function readKey(key: unknown): readonly PinnedKey[] {
  // One whose private half is published is anybody's.
  if (!isObject(key) || "d" in key) return [];
  const { kid, use, kty, crv, x, y, n, e } = key;
  const all = Object.entries({ kid, use, kty, crv, x, y, n, e, alg: key["alg"] ?? algorithmOf(key) });
  const read = publicKey.safeParse(Object.fromEntries(all.filter(([, value]) => value !== undefined)));
  return read.success ? [read.data] : [];
}

/** Of a key that names none. RSA keys of OpenID providers are for RS256 then (OpenID Connect Core §2, `id_token_signed_response_alg`). */
function algorithmOf({ kty, crv }: Readonly<Record<string, unknown>>): string | undefined {
  if (kty === "RSA") return "RS256";
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  return kty === "EC" && crv === "P-256" ? "ES256" : undefined;
}
