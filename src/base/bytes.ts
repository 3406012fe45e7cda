const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Decodes UTF-8, or returns null when the bytes are not well-formed (RFC 3629); a byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return null;
  }
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Not constant-time: for public values only, never for secrets. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** Their codes. */
const hexDigits = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** As long as the longest hash: for each length up to it, room for the digits, which each call writes anew. */
const pieceBytes = 32;
const rooms = Array.from({ length: pieceBytes + 1 }, (_, length) =>
  Array.from({ length: 2 * length }, () => 0),
);

/** In one string: one that grows by two digits at a time is a chain of pieces, at a third of the speed. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length <= pieceBytes) return pieceToHex(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes)
    text += pieceToHex(bytes.subarray(at, at + pieceBytes));
  return text;
}

function pieceToHex(bytes: Uint8Array): string {
  const codes = rooms[bytes.length] ?? [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    codes[2 * at] = hexDigits[byte >> 4] ?? 0;
    codes[2 * at + 1] = hexDigits[byte & 15] ?? 0;
  }
  return String.fromCharCode(...codes);
}

/** Null unless `text` is an even number of lower-case hex digits. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}
