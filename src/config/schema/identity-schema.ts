// How a tenant's identity provider is pinned in the policy: issuer, audience, public keys. See docs/decisions/0007.
import { z } from "zod";
import { isOnP256 } from "../values/p256-point.ts";
import { days, filePath, keySetUrl } from "./vocabulary.ts";
import type { PinnedKey, SigningAlgorithm } from "../values/token-issuer.ts";

const identifierWords = "printable ASCII characters without spaces, 200 at most";
const identifier = written(identifierWords, /^[\x21-\x7e]{1,200}$/);
// 32 bytes: an Ed25519 public key (RFC 8037 §2), a coordinate on P-256 (RFC 7518 §6.2.1).
const coordinate = written("32 bytes in base64url", /^[\w-]{42}[AEIMQUYcgkosw048]$/);
// RFC 7518 §3.3 asks for 2048 bits; above 4096 a caller could make us work too hard.
const modulus = written("an RSA modulus of 2048 to 4096 bits in base64url", /^[\w-]{342,683}$/);

const rsa = { kty: "RSA", crv: undefined, members: "kty, n, e" };

/** An algorithm fixes everything else, so that no token can choose how its signature is checked (RFC 8725 §3.1). */
const shapes: Readonly<Record<SigningAlgorithm, Shape>> = {
  EdDSA: { kty: "OKP", crv: "Ed25519", members: "kty, crv, x" },
  ES256: { kty: "EC", crv: "P-256", members: "kty, crv, x, y" },
  RS256: rsa,
  PS256: rsa,
};

interface Shape {
  readonly kty: string;
  readonly crv: string | undefined;
  readonly members: string;
}

export const publicKey = z
  .strictObject({
    kid: identifier.describe("Its name; a token names it too, unless it is the only key."),
    alg: z
      .enum(["EdDSA", "ES256", "RS256", "PS256"])
      .describe("The one algorithm that it is used with. `none` and shared secrets are not on the list."),
    kty: z.enum(["OKP", "EC", "RSA"]).describe("The kind of key that the algorithm wants."),
    use: z.literal("sig", { error: "`sig`" }).optional().describe("For signatures, if it says so at all."),
    crv: z.enum(["Ed25519", "P-256"]).optional().describe("The curve, of `OKP` and `EC`."),
    x: coordinate.optional().describe("Of `OKP` and `EC`."),
    y: coordinate.optional().describe("Of `EC`."),
    n: modulus.optional().describe("Of `RSA`."),
    e: z.literal("AQAB", { error: "`AQAB`" }).optional().describe("Of `RSA`."),
  })
  .transform(({ kid, alg, kty, crv, x, y, n, e }, context): PinnedKey => {
    const all = Object.entries({ kty, crv, x, y, n, e });
    const jwk = Object.fromEntries(
      all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const shape = shapes[alg];
    const isFitting = kty === shape.kty && crv === shape.crv && Object.keys(jwk).join(", ") === shape.members;
    const isPoint = x === undefined || y === undefined || isOnP256(x, y);
    if (isFitting && isPoint) return { kid, algorithm: alg, jwk };
    const message = isFitting ? "a point of the curve P-256" : keyWords(alg);
    context.issues.push({ code: "custom", message, input: jwk });
    return z.NEVER;
  })
  .describe("A public key as the provider publishes it in its JWK set (RFC 7517), cut to these members.");

function keyWords(algorithm: SigningAlgorithm): string {
  const { kty, crv, members } = shapes[algorithm];
  const curve = crv === undefined ? "" : ` on the curve \`${crv}\``;
  return `a key for \`${algorithm}\`: of type \`${kty}\`${curve}, with ${members} and no other member`;
}

const jwt = z
  .strictObject({
    issuer: identifier.describe("`iss` of its tokens; no other tenant has the same."),
    audience: identifier.describe(
      "What `aud` must hold: a name of this deployment, agreed with the provider.",
    ),
    keys: z
      .array(publicKey)
      .min(1, { error: "at least one key" })
      .optional()
      .describe("Its public keys, pinned. Each provider has these or `jwks-url`."),
    "jwks-url": keySetUrl
      .optional()
      .describe(
        "Where it publishes its keys as a JWK set (RFC 7517 §5). Each cell fetches them (docs/identity.md).",
      ),
    "jwks-ca": filePath
      .optional()
      .describe(
        "The certificates, as PEM, that the publisher's own must come from, beside the policy. Default: the system's.",
      ),
    "jwks-max-age": days
      .optional()
      .describe("For how long fetched keys count while they cannot be fetched anew. Default: `P1D`."),
    claims: z
      .strictObject({
        place: identifier.optional().describe("Where the data subject is."),
        citizenship: identifier.optional().describe("The data subject's citizenships."),
        class: identifier.optional().describe("What the request holds."),
      })
      .default({})
      .describe("Names of the token's claims, each a value or a list. One that a token lacks says nothing."),
  })
  .describe(
    "Its identity provider's tokens (JWT), sent as `authorization: Bearer …`. The keys are pinned here, or fetched from where the provider publishes them.",
  );

export const identity = z.strictObject({ jwt }).describe("Who may speak for the tenant beside its API keys.");

function written(expected: string, pattern: RegExp) {
  return z.string({ error: expected }).regex(pattern, { error: expected }).meta({ title: "text" });
}
