// The date of an entry in its stored bytes, for whoever gives entries their order and not their content.
import { concatBytes, encodeUtf8 } from "../../base/index.ts";

const label = encodeUtf8('"ts":');
const [zero, nine] = [0x30, 0x39];

interface Digits {
  readonly from: number;
  readonly to: number;
}

/** Null for bytes that are no entry. */
export function dateOf(entry: Uint8Array): number | null {
  const digits = findDate(entry);
  if (digits === null) return null;
  let value = 0;
  for (let at = digits.from; at < digits.to; at++) value = value * 10 + ((entry[at] ?? zero) - zero);
  return value;
}

/** The same entry with another date; as it was where it has none. */
export function withDate(entry: Uint8Array, instantMs: number): Uint8Array {
  const digits = findDate(entry);
  if (digits === null) return entry;
  return concatBytes([
    entry.subarray(0, digits.from),
    encodeUtf8(String(instantMs)),
    entry.subarray(digits.to),
  ]);
}

/**
 * From the end: what follows `ts` in RFC 8785's order of members is short. Where the label stands it is a member's name,
 * for inside a string its quotes would be escaped, and no member of a member has it.
 */
function findDate(entry: Uint8Array): Digits | null {
  for (let at = entry.length - label.length - 1; at >= 0; at--) {
    // Each entry of a log comes through here, and most places show at their first byte that they are not the label's.
    if (entry[at] !== label[0] || !isLabelAt(entry, at)) continue;
    const from = at + label.length;
    let to = from;
    while (isDigit(entry[to])) to++;
    return to === from ? null : { from, to };
  }
  return null;
}

function isLabelAt(entry: Uint8Array, at: number): boolean {
  for (let order = 0; order < label.length; order++) if (entry[at + order] !== label[order]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}
