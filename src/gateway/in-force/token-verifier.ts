// Owner: the gateway's thread. Tokens of tenants' identity providers. Everything needed to check one is pinned in the policy, so that a cell without
// a way out can, and nobody but the policy's author says whose word counts (docs/decisions/0007).
import type { InstantMs } from "../../base/index.ts";
import { errors, importJWK, type JWTPayload, jwtVerify } from "jose";
import type { PinnedKey, Tenant, TokenIssuer } from "../../config/index.ts";
import { readToken } from "./token-text.ts";

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

export interface TokenVerifier {
  /** Rejects with {@link TokenRefusedError} for every token that is not wholly in order at `nowMs`. */
  verify(token: string, nowMs: InstantMs): Promise<VerifiedToken>;
}

type CryptoKey = Awaited<ReturnType<typeof importJWK>>;

interface Trusted {
  readonly tenant: Tenant;
  readonly issuer: TokenIssuer;
  readonly keys: ReadonlyMap<string, UsableKey>;
}

interface UsableKey {
  readonly pinned: PinnedKey;
  readonly key: CryptoKey;
}

/** Rejects with TypeError for a pinned key that is none, such as a point off its curve. */
export async function openTokenVerifier(tenants: Iterable<Tenant>): Promise<TokenVerifier> {
  const trusted = new Map<string, Trusted>();
  for (const tenant of tenants) {
    if (tenant.tokens) trusted.set(tenant.tokens.issuer, await trust(tenant, tenant.tokens));
  }
  return { verify: (token, nowMs) => verify(trusted, token, nowMs) };
}

async function trust(tenant: Tenant, issuer: TokenIssuer): Promise<Trusted> {
  const keys = new Map<string, UsableKey>();
  for (const pinned of issuer.keys) {
    const key = await importJWK(pinned.jwk, pinned.algorithm).catch((cause: unknown) => {
      throw new TypeError(`key \`${pinned.kid}\` of tenant \`${tenant.id}\` is not a public key`, { cause });
    });
    keys.set(pinned.kid, { pinned, key });
  }
  return { tenant, issuer, keys };
}

async function verify(
  trusted: ReadonlyMap<string, Trusted>,
  token: string,
  nowMs: InstantMs,
): Promise<VerifiedToken> {
  const read = readToken(token);
  if (!read.ok) throw new TokenRefusedError(read.error);
  const { algorithm, kid, issuer } = read.value;
  const known = typeof issuer === "string" ? trusted.get(issuer) : undefined;
  if (!known) throw new TokenRefusedError("the token's issuer is not known here");
  const { pinned, key } = keyFor(known, kid);
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

/** By name. Trying one key after the other would let a token of a retired key live on as long as nobody looks. */
function keyFor({ keys }: Trusted, kid: unknown): UsableKey {
  const [only] = keys.values();
  const named = kid === undefined && keys.size === 1 ? only : keys.get(typeof kid === "string" ? kid : "");
  if (named) return named;
  const reason = kid === undefined ? "names no key, and there are several" : "names a key that is not pinned";
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
