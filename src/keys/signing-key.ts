import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { destroyPrivateFile, readOrCreatePrivateFile } from "../disk/index.ts";

/** An Ed25519 key (RFC 8032) whose private half stays in here. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; the same message always gives the same signature. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Reads a PKCS #8 key in PEM (RFC 8410), and makes one where there is no file: mode 0600, on disk before it signs.
 * Throws when others may read the file or when it holds anything but an Ed25519 private key.
 */
export function openSigningKey(file: string): SigningKey {
  const key = parsePrivateKey(file, readOrCreatePrivateFile(file, newPem));
  return {
    publicKey: rawPublicKey(key),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Afterwards nobody can sign with it any more, we included. */
export function destroySigningKey(file: string): void {
  destroyPrivateFile(file);
}

function newPem(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function parsePrivateKey(file: string, pem: string): KeyObject {
  const key = readPem(pem);
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new Error(`\`${file}\` holds no Ed25519 private key: expected PKCS #8 in PEM (RFC 8410)`);
  }
  return key;
}

/** OpenSSL's own message may quote the input, so it is dropped. */
function readPem(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function rawPublicKey(key: KeyObject): Uint8Array {
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return new Uint8Array(Buffer.from(x, "base64url"));
}
