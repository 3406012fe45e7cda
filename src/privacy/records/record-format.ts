// The bytes of a content record: a line that says under whose key it is, then frames of AES-256-GCM (NIST SP 800-38D).
// Each record has a key of its own, so a counter is a nonce that never repeats; the last frame says that nothing
// follows, so a record that was cut off cannot pass for a whole one.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { encodeUtf8, type RequestId } from "../../base/index.ts";

/** Whose record it is, and where: bound into every frame, so a file that is moved or renamed opens no more. */
export interface RecordIdentity {
  readonly deployment: string;
  readonly cell: string;
  readonly rid: RequestId;
  /** Handle of the subject key. */
  readonly subject: string;
  /** Handle of the tenant. */
  readonly tenant: string;
}

/** `request` is what `req` of the decision commits to, `answer` what `res` of the outcome does. */
export type FrameKind = "request" | "answer" | "end";

export interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Uint8Array;
}

export const maxFrameBytes: number = 64 * 1024;

const magic = "bailiwick record 1";
const headerPattern = /^bailiwick record 1\n([0-9a-f]{32}) ([0-9a-f]{32})\n$/;
/** The same length for every record. */
export const headerBytes: number = magic.length + 1 + 32 + 1 + 32 + 1;
export const lengthBytes = 4;
const tagBytes = 16;
const kinds: readonly FrameKind[] = ["end", "request", "answer"];

export function formatHeader({ subject, tenant }: RecordIdentity): Uint8Array {
  return encodeUtf8(`${magic}\n${subject} ${tenant}\n`);
}

/** Null for what is no record. */
export function parseHeader(text: string): Pick<RecordIdentity, "subject" | "tenant"> | null {
  const [, subject, tenant] = headerPattern.exec(text) ?? [];
  return subject === undefined || tenant === undefined ? null : { subject, tenant };
}

/** How much follows the four bytes that announce a frame; null for a length that no frame has. */
export function sealedLength(announced: Buffer): number | null {
  const length = announced.readUInt32BE(0);
  return length < tagBytes + 1 || length > tagBytes + 1 + maxFrameBytes ? null : length;
}

export function sealFrame(key: Uint8Array, identity: RecordIdentity, frame: Frame & Numbered): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(frame)).setAAD(associatedData(identity));
  const sealed = Buffer.concat([
    cipher.update(Uint8Array.of(kinds.indexOf(frame.kind))),
    cipher.update(frame.bytes),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const announced = Buffer.alloc(lengthBytes);
  announced.writeUInt32BE(sealed.length);
  return Buffer.concat([announced, sealed]);
}

/** Null when the key, the record's identity, the frame's number or a bit of it is another. */
export function openFrame(
  key: Uint8Array,
  identity: RecordIdentity,
  { sealed, ...numbered }: Numbered & { readonly sealed: Buffer },
): Frame | null {
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(numbered), { authTagLength: tagBytes })
    .setAAD(associatedData(identity))
    .setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    decipher.final();
  } catch {
    return null;
  }
  const kind = kinds[plain[0] ?? -1];
  return kind === undefined ? null : { kind, bytes: plain.subarray(1) };
}

interface Numbered {
  /** From 0, in the order of the file. */
  readonly number: number;
}

/** 96 bits (SP 800-38D §8.2.1, with the whole nonce as the counter). */
function nonceOf({ number }: Numbered): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 4);
  return nonce;
}

/** No part can hold the separator. */
function associatedData({ deployment, cell, rid, subject, tenant }: RecordIdentity): Uint8Array {
  return encodeUtf8([magic, deployment, cell, rid, subject, tenant].join("\0"));
}
