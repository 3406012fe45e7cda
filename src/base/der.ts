// DER (ITU-T X.690 §8, §10), as far as it takes to find the extensions of a certificate.
import { toHex } from "./bytes.ts";

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/**
 * The extensions of an X.509 certificate (RFC 5280 §4.1): the bytes of each identifier in hex, and what its OCTET STRING holds,
 * empty where it is none. Null for a certificate that has one of them twice (§4.2).
 */
export function certificateExtensions(raw: Uint8Array): ReadonlyMap<string, Uint8Array> | null {
  const [certificate] = elementsIn(raw) ?? [];
  const [signed] = contentOf(certificate);
  const list = contentOf(signed).find(({ tag }) => tag === extensionList);
  const all = contentOf(contentOf(list)[0]).map((extension): [string, Uint8Array] => {
    const members = contentOf(extension);
    const value = members.at(-1);
    const identifier = toHex(members[0]?.content ?? nothing);
    return [identifier, value?.tag === octetString ? value.content : nothing];
  });
  const byIdentifier = new Map(all);
  return byIdentifier.size === all.length ? byIdentifier : null;
}

const [octetString, extensionList] = [0x04, 0xa3];
const nothing = new Uint8Array();

/** Of what is there and is made of elements; else none. */
export function contentOf(element: DerElement | undefined): readonly DerElement[] {
  return (element && elementsIn(element.content)) ?? [];
}

/** Those that `bytes` are, one after the other; null where they are anything else. */
export function elementsIn(bytes: Uint8Array): readonly DerElement[] | null {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const size = sizeAt(bytes, at + 1);
    // Tags of several bytes stand in no certificate.
    if (size === null || (tag & 0x1f) === 0x1f || size.end > bytes.length) return null;
    elements.push({ tag, content: bytes.subarray(size.start, size.end) });
    at = size.end;
  }
  return elements;
}

/** Of the definite form, and the shortest (§10.1). */
function sizeAt(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 0x80) return { start: at + 1, end: at + 1 + first };
  const start = at + 1 + (first & 0x7f);
  // More than three bytes of length are more than a handshake takes.
  if (first === 0x80 || first > 0x83 || start > bytes.length) return null;
  const length = bytes.subarray(at + 1, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const isShortest = length >= 0x80 && length >= 256 ** (start - at - 2);
  return isShortest ? { start, end: start + length } : null;
}
