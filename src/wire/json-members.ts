// A strict reader of one JSON object (RFC 8259) that says where each member's value stands, so that a gateway can
// replace one value and pass every other byte on as it came: big integers, `1.0`, escapes, members it has never
// heard of. JSON.parse cannot do that: it forgets positions, merges duplicate names, and quotes content in errors.
import { decodeUtf8, fail, ok, type Result } from "../base/index.ts";

/** `[start, end)` in bytes of the text that was read. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

/** Where a text stops being what was expected. It never quotes the text. */
export interface JsonFault {
  /** In bytes from the start. */
  readonly offset: number;
  readonly reason: string;
}

/** Deeper texts are refused: whoever reads them next may recurse without a bound. */
export const maxJsonDepth = 128;

/**
 * Checks the whole text and returns the values of the top-level members by name, in the order in which they stand.
 *
 * Names must differ by more than letter case. A second `model`, written `mod\u0065l` or `Model`, would let the
 * engine (Go's encoding/json ignores case and takes the last) run another model than the one that was checked.
 */
export function scanJsonObject(bytes: Uint8Array): Result<ReadonlyMap<string, JsonSpan>, JsonFault> {
  try {
    return ok(new Scanner(bytes).topLevelMembers());
  } catch (error) {
    if (error instanceof FaultError) return fail(error.fault);
    throw error;
  }
}

/** The value of a span that {@link scanJsonObject} returned for these bytes. */
export function readJsonSpan(bytes: Uint8Array, span: JsonSpan): unknown {
  return JSON.parse(decodeUtf8(bytes.subarray(span.start, span.end)) ?? "");
}

class FaultError extends Error {
  readonly fault: JsonFault;

  constructor(offset: number, reason: string) {
    super(reason);
    this.fault = { offset, reason };
  }
}

type OnMember = (name: JsonSpan, value: JsonSpan) => void;

class Scanner {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  topLevelMembers(): ReadonlyMap<string, JsonSpan> {
    const members = new Map<string, JsonSpan>();
    const seen = new Set<string>();
    this.#skipSpace();
    if (this.#peek() !== code("{")) throw this.#fault("expected an object");
    this.#object(1, (nameSpan, value) => {
      const name = String(readJsonSpan(this.#bytes, nameSpan));
      const folded = name.toLowerCase();
      if (seen.has(folded)) throw new FaultError(nameSpan.start, "a member name appears twice");
      seen.add(folded);
      members.set(name, value);
    });
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#fault("unexpected text after the object");
    return members;
  }

  #value(depth: number): void {
    switch (this.#peek()) {
      case code('"'):
        return this.#string();
      case code("{"):
        return this.#object(depth + 1);
      case code("["):
        return this.#array(depth + 1);
      case code("t"):
        return this.#literal("true");
      case code("f"):
        return this.#literal("false");
      case code("n"):
        return this.#literal("null");
      default:
        return this.#number();
    }
  }

  #object(depth: number, onMember?: OnMember): void {
    this.#open(depth);
    if (this.#takeIf(code("}"))) return;
    do {
      this.#skipSpace();
      const nameStart = this.#at;
      if (this.#peek() !== code('"')) throw this.#fault("expected a member name");
      this.#string();
      const nameEnd = this.#at;
      this.#skipSpace();
      if (!this.#takeIf(code(":"))) throw this.#fault("expected `:`");
      this.#skipSpace();
      const start = this.#at;
      this.#value(depth);
      onMember?.({ start: nameStart, end: nameEnd }, { start, end: this.#at });
      this.#skipSpace();
    } while (this.#takeIf(code(",")));
    if (!this.#takeIf(code("}"))) throw this.#fault("expected `,` or `}`");
  }

  #array(depth: number): void {
    this.#open(depth);
    if (this.#takeIf(code("]"))) return;
    do {
      this.#skipSpace();
      this.#value(depth);
      this.#skipSpace();
    } while (this.#takeIf(code(",")));
    if (!this.#takeIf(code("]"))) throw this.#fault("expected `,` or `]`");
  }

  #open(depth: number): void {
    if (depth > maxJsonDepth) throw this.#fault(`nested deeper than ${maxJsonDepth} levels`);
    this.#at++;
    this.#skipSpace();
  }

  #string(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (;;) {
      const byte = bytes[at] ?? endOfText;
      if (byte === code('"')) break;
      if (byte === code("\\")) at += this.#escapeLength(at);
      else if (byte >= 0x80) at += this.#characterLength(at);
      else if (byte >= 0x20) at++;
      else throw new FaultError(at, byte === endOfText ? unexpectedEnd : "a control character in a string");
    }
    this.#at = at + 1;
  }

  #escapeLength(at: number): number {
    const kind = this.#bytes[at + 1] ?? endOfText;
    if (simpleEscapes.has(kind)) return 2;
    if (kind !== code("u")) throw new FaultError(at, "an unknown escape in a string");
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (!isHexDigit(this.#bytes[digit] ?? endOfText)) {
        throw new FaultError(at, "`\\u` without four hex digits in a string");
      }
    }
    return 6;
  }

  #characterLength(at: number): number {
    const length = utf8Length(this.#bytes, at);
    if (length === 0) throw new FaultError(at, "bytes that are not UTF-8");
    return length;
  }

  #number(): void {
    const start = this.#at;
    this.#takeIf(code("-"));
    if (!this.#takeIf(code("0")) && !this.#digits()) {
      throw new FaultError(start, start === this.#bytes.length ? unexpectedEnd : "expected a value");
    }
    if (this.#takeIf(code(".")) && !this.#digits()) throw this.#fault("expected a digit");
    if (this.#takeIf(code("e")) || this.#takeIf(code("E"))) {
      if (!this.#takeIf(code("+"))) this.#takeIf(code("-"));
      if (!this.#digits()) throw this.#fault("expected a digit");
    }
  }

  #digits(): boolean {
    const start = this.#at;
    while (isDigit(this.#peek())) this.#at++;
    return this.#at > start;
  }

  #literal(word: "true" | "false" | "null"): void {
    for (let index = 0; index < word.length; index++) {
      if (!this.#takeIf(word.charCodeAt(index))) throw this.#fault(`expected \`${word}\``);
    }
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#peek();
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #takeIf(byte: number): boolean {
    if (this.#peek() !== byte) return false;
    this.#at++;
    return true;
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? endOfText;
  }

  #fault(reason: string): FaultError {
    return new FaultError(this.#at, this.#at < this.#bytes.length ? reason : unexpectedEnd);
  }
}

const endOfText = -1;
const unexpectedEnd = "the text ends too early";
const simpleEscapes: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', code));

function code(character: string): number {
  return character.charCodeAt(0);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** Bytes of the character that starts at `at`, beyond ASCII; 0 when it is not well-formed (RFC 3629 §4). */
function utf8Length(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  if (lead < 0xe0) return 2;
  if (!isContinuation(bytes[at + 2])) return 0;
  if (lead < 0xf0) return 3;
  return isContinuation(bytes[at + 3]) ? 4 : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}
