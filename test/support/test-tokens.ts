// An identity provider's tokens, right and wrong, made by hand: a library would not write the wrong ones.
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign as nodeSign } from "node:crypto";

export type TestAlgorithm = "EdDSA" | "ES256" | "RS256" | "PS256";

export interface TestKey {
  readonly kid: string;
  readonly algorithm: TestAlgorithm;
  readonly privateKey: KeyObject;
  /** For a policy's `keys`. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function testKey(kid: string, algorithm: TestAlgorithm): TestKey {
  const { publicKey, privateKey } = pairFor(algorithm);
  return { kid, algorithm, privateKey, jwk: { kid, alg: algorithm, ...publicKey.export({ format: "jwk" }) } };
}

export interface TokenParts {
  /** JSON text, or a value to become it. */
  readonly header: unknown;
  readonly payload: unknown;
  readonly sign: (input: Buffer) => Buffer;
}

export function tokenOf({ header, payload, sign }: TokenParts): string {
  const input = [header, payload].map((part) =>
    base64url(typeof part === "string" ? part : JSON.stringify(part)),
  );
  return `${input.join(".")}.${sign(Buffer.from(input.join("."))).toString("base64url")}`;
}

/** What a key's owner does. */
export function signatureBy({ algorithm, privateKey }: TestKey): TokenParts["sign"] {
  return (input) => {
    if (algorithm === "EdDSA") return nodeSign(null, input, privateKey);
    if (algorithm === "ES256")
      return nodeSign("sha256", input, { key: privateKey, dsaEncoding: "ieee-p1363" });
    const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
    return algorithm === "RS256"
      ? nodeSign("sha256", input, { key: privateKey, padding: RSA_PKCS1_PADDING })
      : nodeSign("sha256", input, {
          key: privateKey,
          padding: RSA_PKCS1_PSS_PADDING,
          saltLength: RSA_PSS_SALTLEN_DIGEST,
        });
  };
}

/** What somebody does who takes the public key for a shared secret. */
export function hmacWith(secret: string): TokenParts["sign"] {
  return (input) => createHmac("sha256", secret).update(input).digest();
}

function pairFor(algorithm: TestAlgorithm): {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
} {
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
