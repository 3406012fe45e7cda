// Owner: the gateway's thread. Tokens of tenants' identity providers. Their keys are pinned in the policy, so that a cell without
// a way out can check them (docs/decisions/0007), or fetched from where the policy says that they are published (0048).
import type { InstantMs, TenantId } from "../../base/index.ts";
import { errors, type JWTPayload, jwtVerify } from "jose";
import type { Tenant, TokenIssuer } from "../../config/index.ts";
import type { KeySets } from "./key-sets.ts";
import { readToken } from "./token-text.ts";
import { byName, importKey, type UsableKey, type UsableKeys } from "./usable-keys.ts";

/** How far the provider's clock and ours may be apart. */
const skewSeconds = 60;

/** From `iat`, where a token has one. */
const maxAgeSeconds = 24 * 60 * 60;

export interface VerifiedToken {
  readonly tenant: Tenant;
  readonly issuer: TokenIssuer;
  readonly payload: JWTPayload;
}

/** Why a token is refused; quotes nothing of it. */
export class TokenRefusedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "TokenRefusedError";
  }
}

/** The keys that it would have to be checked with are not there, or too old: nothing is known of the token. */
export class KeySetMissingError extends Error {
  constructor() {
    super("no keys of the token's issuer");
    this.name = "KeySetMissingError";
  }
}

export interface TokenVerifier {
  /**
   * Rejects with {@link TokenRefusedError} for every token that is not wholly in order at `nowMs`, and with
   * {@link KeySetMissingError} while nobody can say.
   */
  verify(token: string, nowMs: InstantMs): Promise<VerifiedToken>;
}

interface Trusted {
  readonly tenant: Tenant;
  readonly issuer: TokenIssuer;
  /** Those that are pinned; none where they are fetched. */
  readonly keys: UsableKeys;
}

/** Rejects with TypeError for a pinned key that is none, such as a point off its curve. */
export async function openTokenVerifier(tenants: Iterable<Tenant>, keySets: KeySets): Promise<TokenVerifier> {
  const trusted = new Map<string, Trusted>();
  for (const tenant of tenants) {
    const { tokens: issuer } = tenant;
    if (issuer) trusted.set(issuer.issuer, { tenant, issuer, keys: await pinnedOf(tenant.id, issuer) });
  }
  return { verify: (token, nowMs) => verify({ trusted, keySets }, token, nowMs) };
}

async function pinnedOf(tenant: TenantId, { keys }: TokenIssuer): Promise<UsableKeys> {
  const usable = keys.map((pinned) =>
    importKey(pinned).catch((cause: unknown) => {
      throw new TypeError(`key \`${pinned.kid}\` of tenant \`${tenant}\` is not a public key`, { cause });
    }),
  );
  return byName(await Promise.all(usable));
}

interface Place {
  readonly trusted: ReadonlyMap<string, Trusted>;
  readonly keySets: KeySets;
}

async function verify({ trusted, keySets }: Place, token: string, nowMs: InstantMs): Promise<VerifiedToken> {
  const read = readToken(token);
  if (!read.ok) throw new TokenRefusedError(read.error);
  const { algorithm, kid, issuer } = read.value;
  const known = typeof issuer === "string" ? trusted.get(issuer) : undefined;
  if (!known) throw new TokenRefusedError("the token's issuer is not known here");
  const { pinned, key } = await keyFor(known, kid, keySets);
  if (algorithm !== pinned.algorithm) {
    throw new TokenRefusedError(`the token's \`alg\` is not its key's, which is \`${pinned.algorithm}\``);
  }
  const { payload } = await jwtVerify(token, key, {
    algorithms: [pinned.algorithm],
    issuer: known.issuer.issuer,
    audience: known.issuer.audience,
    // `nbf` may be missing, and is kept where it is there (RFC 7519 §4.1.5).
    requiredClaims: ["exp"],
    clockTolerance: skewSeconds,
    currentDate: new Date(nowMs),
  }).catch((error: unknown) => {
    throw refusalOf(error);
  });
  // `1e999` is a number in JSON and would be for ever.
  if (!Number.isFinite(payload.exp)) throw new TokenRefusedError("the token's `exp` is not a date");
  checkAge(payload, nowMs);
  return { tenant: known.tenant, issuer: known.issuer, payload };
}

/** Whatever it says of its end: a token that was made for years is a key, and keys are the policy's. */
function checkAge({ iat }: JWTPayload, nowMs: InstantMs): void {
  if (iat === undefined) return;
  const ageSeconds = nowMs / 1_000 - iat;
  if (!Number.isFinite(ageSeconds) || ageSeconds < -skewSeconds) {
    throw new TokenRefusedError("the token's `iat` is not a date of the past");
  }
  if (ageSeconds > maxAgeSeconds + skewSeconds) {
    throw new TokenRefusedError("the token's `iat` is more than 24 hours ago; ask for a fresh one");
  }
}

/** A key that nobody has may be new: then the provider is asked, and the request waits for a moment. */
async function keyFor(
  { issuer: { keySet }, keys }: Trusted,
  kid: unknown,
  keySets: KeySets,
): Promise<UsableKey> {
  if (keySet === null) return namedIn(keys, kid) ?? unnamed(kid, "that is not pinned");
  const known = keySets.find(keySet.id);
  const named = known && namedIn(known, kid);
  if (named) return named;
  await keySets.renewed(keySet.id);
  const renewed = keySets.find(keySet.id);
  if (!renewed) throw new KeySetMissingError();
  return namedIn(renewed, kid) ?? unnamed(kid, "that its issuer does not publish");
}

/** By name. Trying one key after the other would let a token of a retired key live on as long as nobody looks. */
function namedIn(keys: UsableKeys, kid: unknown): UsableKey | null {
  const [only] = keys.values();
  const named = kid === undefined && keys.size === 1 ? only : keys.get(typeof kid === "string" ? kid : "");
  return named ?? null;
}

function unnamed(kid: unknown, which: string): never {
  const reason = kid === undefined ? "names no key, and there are several" : `names a key ${which}`;
  throw new TokenRefusedError(`the token ${reason}`);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new TokenRefusedError("the token has expired");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefusedError(`the token's \`${error.claim}\` is missing or not accepted here`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRefusedError("the token's signature does not verify");
  }
  return error instanceof errors.JOSEError ? new TokenRefusedError("the token is malformed") : error;
}
