// Signed notes: https://c2sp.org/signed-note
import {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  fail,
  fromBase64,
  fromHex,
  ok,
  type Result,
  toBase64,
  toHex,
} from "../../base/index.ts";
import type { SignEd25519, VerifyEd25519 } from "../tree/digest.ts";
import { hasControl, isKeyName, type NoteKey } from "./note-key.ts";
import { signedMessage } from "./signature-type.ts";

/** A note that was read and is not to be believed yet: {@link verifyNote} says who signed it. */
export interface Note {
  /** Ends with a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly keyName: string;
  /** 8 hex digits. */
  readonly keyId: string;
  /** What follows the key id; its form depends on the key's type. */
  readonly payload: Uint8Array;
}

/** Verifiers "MUST accept at least up to 16 signatures" and should have a limit. */
const maxSignatures = 100;

const keyIdBytes = 4;

export function formatNote({ text, signatures }: Note): Uint8Array<ArrayBuffer> {
  return encodeUtf8(`${text}\n${signatures.map(formatSignature).join("")}`);
}

/** One signature line, as it stands in a note and in a witness's answer. */
export function formatSignature({ keyName, keyId, payload }: NoteSignature): string {
  const signature = concatBytes([fromHex(keyId) ?? new Uint8Array(), payload]);
  return `\u2014 ${keyName} ${toBase64(signature)}\n`;
}

export function parseNote(bytes: Uint8Array): Result<Note, string> {
  const note = decodeUtf8(bytes);
  if (note === null) return fail("the note is not UTF-8");
  if (hasControl(note)) return fail("the note holds a control character");
  // "the text is separated from the signatures by the last empty line in the note"
  const split = note.lastIndexOf("\n\n") + 1;
  if (split === 0) return fail("the note has no empty line before its signatures");
  const lines = note.slice(split + 1).split("\n");
  if (lines.pop() !== "") return fail("the note does not end with a newline");
  if (lines.length > maxSignatures) return fail(`the note has more than ${maxSignatures} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null) return fail(`signature line ${signatures.length + 1} is malformed`);
    signatures.push(signature);
  }
  if (signatures.length === 0) return fail("the note has no signature");
  return ok({ text: note.slice(0, split), signatures });
}

/** One Ed25519 signature over `text`, by the key that `key` verifies. */
export function signNote(text: string, { key, sign }: NoteSigner): NoteSignature {
  return { keyName: key.name, keyId: key.id, payload: sign(encodeUtf8(text)) };
}

export interface NoteSigner {
  readonly key: NoteKey;
  readonly sign: SignEd25519;
}

/**
 * Which of `keys` signed the note. Signatures by other keys are ignored; one by a key of ours that fails rejects the
 * whole note, and so does having none ("Signatures").
 */
export function verifyNote(
  note: Note,
  keys: readonly NoteKey[],
  verifyEd25519: VerifyEd25519,
): Result<ReadonlySet<NoteKey>, string> {
  const signers = new Set<NoteKey>();
  for (const { keyName, keyId, payload } of note.signatures) {
    const key = keys.find(({ name, id }) => name === keyName && id === keyId);
    if (key === undefined) continue;
    const signed = signedMessage(key.type, note.text, payload);
    if (signed === null || !verifyEd25519(key.publicKey, signed.message, signed.signature)) {
      return fail(`the signature by \`${keyName}\` does not verify`);
    }
    signers.add(key);
  }
  return signers.size > 0 ? ok(signers) : fail("no known key has signed");
}

/** `— <key name> base64(32-bit key ID || signature)` */
function parseSignature(line: string): NoteSignature | null {
  const [, keyName = "", encoded = ""] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const signature = fromBase64(encoded);
  if (signature === null || signature.length <= keyIdBytes || !isKeyName(keyName)) return null;
  return {
    keyName,
    keyId: toHex(signature.subarray(0, keyIdBytes)),
    payload: signature.subarray(keyIdBytes),
  };
}
