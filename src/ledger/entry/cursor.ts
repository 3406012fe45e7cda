// Reads canonical JSON (RFC 8785) from left to right, where a schema says what comes next.
// Whoever opens it owns its state.

/** A place in a text. */
export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Steps over `literal` if it comes next. */
  take(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }
}

const quote = 0x22;
const [zero, nine] = [0x30, 0x39];

/**
 * A string without escapes; the caller checks that its characters are ones that need none. Undefined for anything
 * else. One with an escape is not worth a path of its own: only quotes of the policy can hold any.
 */
export function scanText(cursor: Cursor): string | undefined {
  const { text, at } = cursor;
  if (text.charCodeAt(at) !== quote) return undefined;
  const end = text.indexOf('"', at + 1);
  if (end < 0) return undefined;
  const value = text.slice(at + 1, end);
  if (value.includes("\\")) return undefined;
  cursor.at = end + 1;
  return value;
}

/** Which ASCII characters are meant, by code; those that JSON writes with an escape are left out. */
export type AsciiClass = Uint8Array;

export function asciiClass(characters: string): AsciiClass {
  const pattern = new RegExp(`^[${characters}]$`);
  return Uint8Array.from({ length: 128 }, (_, code) => {
    const character = String.fromCharCode(code);
    return pattern.test(character) && character !== '"' && character !== "\\" ? 1 : 0;
  });
}

/** A string of one character of `first` and then some of `rest`, of a length in the bounds. */
export function scanRun(
  cursor: Cursor,
  first: AsciiClass,
  rest: AsciiClass,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  const { text, at } = cursor;
  if (text.charCodeAt(at) !== quote || first[text.charCodeAt(at + 1)] !== 1) return undefined;
  let end = at + 2;
  while (rest[text.charCodeAt(end)] === 1) end++;
  const length = end - at - 1;
  if (text.charCodeAt(end) !== quote || length < least || length > most) return undefined;
  cursor.at = end + 1;
  return text.slice(at + 1, end);
}

/** A non-negative integer as ECMAScript writes it: digits, without leading zeroes. May be inexact beyond 2^53. */
export function scanDigits(cursor: Cursor): number | undefined {
  const { text, at } = cursor;
  let value = 0;
  let end = at;
  for (; isDigit(text.charCodeAt(end)); end++) value = value * 10 + (text.charCodeAt(end) - zero);
  if (end === at || (text.charCodeAt(at) === zero && end > at + 1)) return undefined;
  cursor.at = end;
  return value;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}
