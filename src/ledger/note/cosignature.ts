// Cosignatures, made and taken: https://c2sp.org/tlog-cosignature
import { concatBytes, encodeUtf8, fail, type InstantMs, ok, type Result } from "../../base/index.ts";
import type { VerifyEd25519 } from "../tree/digest.ts";
import type { NoteKey } from "./note-key.ts";
import { type NoteSignature, type NoteSigner, parseNote, verifyNote } from "./note.ts";
import { cosignatureType, cosignedMessage } from "./signature-type.ts";

/**
 * Says that, at `seconds` since the epoch, no larger tree of this log was known to the signer, and this one continues
 * every tree that it cosigned before. The caller sees to both.
 */
export function cosign(text: string, seconds: number, { key, sign }: NoteSigner): NoteSignature {
  const time = BigInt(seconds);
  const payload = concatBytes([bigEndian(time), sign(cosignedMessage(text, time))]);
  return { keyName: key.name, keyId: key.id, payload };
}

/**
 * What a witness's answer adds to a checkpoint: its signatures by `key`, verified. Those of other keys are dropped, as
 * clients MUST; an answer without one that counts is refused.
 */
export function takeCosignatures(
  checkpoint: Uint8Array,
  answer: Uint8Array,
  { key, verifyEd25519 }: { readonly key: NoteKey; readonly verifyEd25519: VerifyEd25519 },
): Result<readonly NoteSignature[], string> {
  const note = parseNote(checkpoint);
  if (!note.ok) return note;
  const { text } = note.value;
  const answered = parseNote(concatBytes([encodeUtf8(`${text}\n`), answer]));
  // An empty line in the answer would make signature lines a part of the text.
  if (!answered.ok || answered.value.text !== text) return fail("the answer is no row of signature lines");
  const verified = verifyNote(answered.value, [key], verifyEd25519);
  if (!verified.ok) return verified;
  return ok(
    answered.value.signatures.filter(({ keyName, keyId }) => keyName === key.name && keyId === key.id),
  );
}

/** When each of these witnesses, as it says, made its cosignature under a note; none where a signature does not verify. */
export function cosignatureDates(
  bytes: Uint8Array,
  keys: readonly NoteKey[],
  verifyEd25519: VerifyEd25519,
): readonly InstantMs[] {
  const note = parseNote(bytes);
  const signers = note.ok ? verifyNote(note.value, keys, verifyEd25519) : note;
  if (!note.ok || !signers.ok) return [];
  const cosigners = Array.from(signers.value).filter(({ type }) => type === cosignatureType);
  return note.value.signatures
    .filter(({ keyName, keyId }) => cosigners.some(({ name, id }) => name === keyName && id === keyId))
    .map((signature) => cosignedAt(signature) * 1_000);
}

/** When it was made, in seconds since the epoch. Of a cosignature that verifies. */
export function cosignedAt({ payload }: NoteSignature): number {
  return Number(payload.subarray(0, 8).reduce((time, byte) => (time << 8n) | BigInt(byte), 0n));
}

/** Unsigned, 8 bytes. */
function bigEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * (7 - at))) & 0xffn));
}
