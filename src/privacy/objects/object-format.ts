// The bytes of what a caller stores here: a head in the clear that says whose it is and how long it is kept, then frames of
// AES-256-GCM (NIST SP 800-38D) under a key of the object's own, derived from the one that an erasure destroys. A frame is
// bound to the head, to its part and to its number; the last one says that nothing follows.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { encodeUtf8, type InstantMs } from "../../base/index.ts";
import type { SubjectKey, SubjectPlace } from "../../keys/index.ts";

/** Whose it is, and until when: what can be known of it without its key. */
export interface ObjectHead {
  /** `file-` or `batch_`, and 128 random bits in hex. */
  readonly id: string;
  /** Handle of the tenant. */
  readonly tenant: string;
  /** Handle of the subject's key, and the place where the vault finds it. */
  readonly subject: string;
  readonly place: SubjectPlace;
  readonly createdAtMs: InstantMs;
  /** From then on nobody is given it, and it is deleted. */
  readonly expiresAtMs: InstantMs;
}

/** Where objects lie: bound into every frame, so that one that is moved to another cell opens no more. */
export interface ObjectSite {
  readonly deployment: string;
  readonly cell: string;
}

/** `about`: what is said of an object. `content`: its bytes. */
export type ObjectPart = "about" | "content";

export const maxFrameBytes: number = 64 * 1024;

const magic = "bailiwick object 1";
const headPattern =
  /^bailiwick object 1\n([\w-]+) ([0-9a-f]{32}) ([0-9a-f]{32}) (\d{4}-\d{2}) ([0-9a-f]{32}) (\d+) (\d+)\n$/;
export const maxHeadBytes = 256;
export const lengthBytes = 4;
const [nonceBytes, tagBytes] = [12, 16];
const leastSealedBytes = nonceBytes + 1 + tagBytes;

export function formatHead({ id, tenant, subject, place, createdAtMs, expiresAtMs }: ObjectHead): Uint8Array {
  const times = `${Math.trunc(createdAtMs)} ${Math.trunc(expiresAtMs)}`;
  return encodeUtf8(`${magic}\n${id} ${tenant} ${subject} ${place.month} ${place.name} ${times}\n`);
}

/** Null for what is no head. */
export function parseHead(text: string): ObjectHead | null {
  const found = headPattern.exec(text);
  if (found === null) return null;
  const [id = "", tenant = "", subject = "", month = "", name = "", created, expires] = found.slice(1);
  const times = { createdAtMs: Number(created), expiresAtMs: Number(expires) };
  return { id, tenant, subject, place: { month, name }, ...times };
}

export interface FrameSite extends ObjectSite {
  readonly head: ObjectHead;
  readonly part: ObjectPart;
}

export interface ObjectFrame {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** A key for each part, so that the random nonces of one stay far below 2^32 (SP 800-38D §8.3). */
export function partKey(key: SubjectKey, { head, part }: Pick<FrameSite, "head" | "part">): Uint8Array {
  return key.deriveKey(`object/v1 ${head.id} ${part}`);
}

/** With its length before it. */
export function sealFrame(
  key: Uint8Array,
  site: FrameSite,
  { bytes, isLast, number }: ObjectFrame & { readonly number: number },
): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associatedData(site, number));
  const sealed = [cipher.update(Uint8Array.of(isLast ? 1 : 0)), cipher.update(bytes), cipher.final()];
  const announced = Buffer.alloc(lengthBytes);
  announced.writeUInt32BE(leastSealedBytes + bytes.length);
  return Buffer.concat([announced, nonce, ...sealed, cipher.getAuthTag()]);
}

/** How much follows the bytes that announce a frame; null for a length that no frame has. */
export function sealedLength(announced: Buffer): number | null {
  const length = announced.readUInt32BE(0);
  return length < leastSealedBytes || length > leastSealedBytes + maxFrameBytes ? null : length;
}

/** Null when the key, the object, the frame's number or a bit of it is another. */
export function openFrame(
  key: Uint8Array,
  site: FrameSite,
  { sealed, number }: { readonly sealed: Buffer; readonly number: number },
): ObjectFrame | null {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
    .setAAD(associatedData(site, number))
    .setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return { isLast: plain[0] === 1, bytes: plain.subarray(1) };
}

/** No part can hold the separator. Of the head all but its end: what a batch writes is given one when it is complete. */
function associatedData({ deployment, cell, head, part }: FrameSite, number: number): Uint8Array {
  const { id, tenant, subject } = head;
  const bound = part === "about" ? [String(Math.trunc(head.expiresAtMs))] : [];
  return encodeUtf8(
    [magic, deployment, cell, id, tenant, subject, part, String(number), ...bound].join("\0"),
  );
}
