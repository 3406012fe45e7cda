const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const valueOf = new Map(Array.from(alphabet).map((digit, value) => [digit, value]));

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += digitAt(group, 18) + digitAt(group, 12);
    text += left > 1 ? digitAt(group, 6) : "=";
    text += left > 2 ? digitAt(group, 0) : "=";
  }
  return text;
}

/**
 * Strict reader: null for wrong length, foreign characters, missing padding or non-zero trailing bits, so that
 * one byte string has exactly one spelling (RFC 4648 §3.5). Signatures and proofs depend on that.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let group = 0;
  for (let index = 0; index < text.length - padding; index++) {
    const value = valueOf.get(text.charAt(index));
    if (value === undefined) return null;
    group = ((group << 6) | value) & 0xffffff;
    const at = Math.floor((index * 6) / 8);
    const bitsOver = ((index + 1) * 6) % 8;
    if (index % 4 !== 0) bytes[at] = (group >> bitsOver) & 0xff;
  }
  const unusedBits = padding === 2 ? 4 : padding === 1 ? 2 : 0;
  return (group & ((1 << unusedBits) - 1)) === 0 ? bytes : null;
}

function digitAt(group: number, shift: number): string {
  return alphabet.charAt((group >> shift) & 0x3f);
}
