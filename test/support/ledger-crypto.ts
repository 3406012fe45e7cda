// What the pure ledger room is given, from Node's own library, with keys that a test can name.
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { concatBytes, encodeUtf8 } from "../../src/base/index.ts";
import { ed25519Type, noteKey, type NoteSigner } from "../../src/ledger/index.ts";
import type { NoteSignature } from "../../src/ledger/note/note.ts";

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hash("sha256", concatBytes(parts), "buffer"));
}

export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString("base64url");
  return verify(
    null,
    message,
    createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
    signature,
  );
}

/** A signer whose key follows from `seed`, so that two runs of a test see the same bytes. */
export function signerFrom(seed: number, name: string, type: number = ed25519Type): NoteSigner {
  const privateKey = privateKeyFrom(seed);
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return {
    key: noteKey(sha256, { name, type, publicKey: new Uint8Array(Buffer.from(x, "base64url")) }),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** A witness's signature line over a checkpoint's text, as c2sp.org/tlog-cosignature has it. */
export function cosign(text: string, seconds: bigint, { key, sign }: NoteSigner): NoteSignature {
  const signature = sign(encodeUtf8(`cosignature/v1\ntime ${seconds}\n${text}`));
  const payload = Buffer.alloc(72);
  payload.writeBigUInt64BE(seconds);
  payload.set(signature, 8);
  return { keyName: key.name, keyId: key.id, payload: new Uint8Array(payload) };
}

function privateKeyFrom(seed: number): KeyObject {
  // RFC 8410 §7: a PKCS#8 wrapper of fixed bytes, then the 32-byte seed.
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, seed)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}
