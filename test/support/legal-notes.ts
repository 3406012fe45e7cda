// Legal events as their signer writes them, and a policy that believes that signer.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/keys/index.ts";
import { formatLegalEvent, type LegalEvent } from "../../src/law/index.ts";
import {
  ed25519Type,
  formatNote,
  formatNoteKey,
  noteKey,
  type NoteSigner,
  signNote,
} from "../../src/ledger/index.ts";
import { testPolicy } from "./test-cell.ts";

/** From a fixed seed: the same on every run. */
export function signerOf(seed: string, name = "test.example/legal"): NoteSigner {
  // RFC 8410 §7: PKCS #8 around 32 bytes.
  const der = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    sha256(Buffer.from(seed)),
  ]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return {
    key: noteKey(sha256, { name, type: ed25519Type, publicKey: Buffer.from(x, "base64url") }),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

export const counsel: NoteSigner = signerOf("counsel");

export const policyWithCounsel: string = withCounsel(testPolicy);

/** The policy, with {@link counsel} as one whose legal events count. */
export function withCounsel(policy: string): string {
  return policy.replace("  packs:", `  event-keys: ["${formatNoteKey(counsel.key)}"]\n  packs:`);
}

export function suspension(
  id: string,
  kind: "region" | "operator" | "mechanism" | "regime" | "endpoint",
  name: string,
): LegalEvent & { readonly act: "suspend" } {
  return {
    act: "suspend",
    id,
    target: { kind, name },
    reason: "injunction",
    validity: { fromMs: 0, untilMs: null },
  };
}

export function liftOf(lifts: string, id = `lift-${lifts}`): LegalEvent & { readonly act: "lift" } {
  return { act: "lift", id, lifts, reason: "order-ended", validity: { fromMs: 0, untilMs: null } };
}

export function noteOf(event: LegalEvent, signer = counsel, deployment = "test.example"): Buffer {
  const text = formatLegalEvent({ deployment, event });
  return Buffer.from(formatNote({ text, signatures: [signNote(text, signer)] }));
}

export function putNote(directory: string, file: string, note: Uint8Array): void {
  writeFileSync(join(directory, file), note);
}
