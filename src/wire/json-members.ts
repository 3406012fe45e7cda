// A strict reader of one JSON object (RFC 8259) that says where each member's value stands, so that a gateway can
// replace one value and pass every other byte on as it came: big integers, `1.0`, escapes, members it has never
// heard of. JSON.parse cannot do that: it forgets positions, merges duplicate names, and quotes content in errors.
import { decodeUtf8, fail, ok, type Result } from "../base/index.ts";
import { foldName } from "./member-name.ts";
import { type FoundMember, readName, readNatively } from "./native-json.ts";

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

/** Of a top-level member's name, which is read, folded and kept. */
const maxNameBytes = 1_024;

/**
 * What a text may cost whoever reads it, beside its length. INVARIANT: the scan ends at the first thing too many, so that
 * no text takes longer than one of its length with as many values as this.
 */
export interface JsonBounds {
  /** Objects, arrays, strings, numbers and words, at all depths. */
  readonly maxValues: number;
  /** Members of one object: a table of names that a sender has chosen is the dearest thing that JSON can say. */
  readonly maxNames: number;
}

/** For whoever has no other: a conversation with its tools has some thousand values. */
export const defaultJsonBounds: JsonBounds = { maxValues: 200_000, maxNames: 4_096 };

export type ScannedObject = Result<ReadonlyMap<string, JsonSpan>, JsonFault>;

/**
 * Checks the whole text and returns the values of the top-level members by name, in the order in which they stand.
 *
 * Their names must differ by more than letter case. A second `model`, written `mod\u0065l` or `Model`, would let the
 * engine (Go's encoding/json ignores case and takes the last) run another model than the one that was checked. No object at any
 * depth has a name twice (RFC 8259 §4: readers take the first, the last, or all): of two `image_url` one would be checked, and
 * another one fetched. By letter case those deeper down may differ, as a schema's `id` and `ID`; who looks for one looks for each
 * spelling of it.
 */
export function scanJsonObject(bytes: Uint8Array, bounds: JsonBounds = defaultJsonBounds): ScannedObject {
  const found = readNatively(bytes, { ...bounds, maxDepth: maxJsonDepth, maxNameBytes });
  if (found === null) return scanStrictly(bytes, bounds);
  const spans = new Map<string, JsonSpan>();
  for (const member of found) spans.set(member.name, new ReadSpan(member));
  return ok(spans);
}

/** The same, byte by byte: what is wrong with a text is said here alone. */
export function scanStrictly(bytes: Uint8Array, bounds: JsonBounds = defaultJsonBounds): ScannedObject {
  try {
    return ok(new Scanner(bytes, bounds).topLevelMembers());
  } catch (error) {
    if (error instanceof FaultError) return fail(error.fault);
    throw error;
  }
}

/** The value of a span that {@link scanJsonObject} returned for these bytes. */
export function readJsonSpan(bytes: Uint8Array, span: JsonSpan): unknown {
  if (span instanceof ReadSpan) return span.value;
  return JSON.parse(decodeUtf8(bytes.subarray(span.start, span.end)) ?? "");
}

/** One whose value was read when it was found. */
class ReadSpan implements JsonSpan {
  readonly start: number;
  readonly end: number;
  readonly #value: unknown;

  constructor({ start, end, value }: FoundMember) {
    this.start = start;
    this.end = end;
    this.#value = value;
  }

  get value(): unknown {
    return this.#value;
  }
}

class FaultError extends Error {
  readonly fault: JsonFault;

  constructor(offset: number, reason: string) {
    super(reason);
    this.fault = { offset, reason };
  }
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #bounds: JsonBounds;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array, bounds: JsonBounds) {
    this.#bytes = bytes;
    this.#bounds = bounds;
  }

  topLevelMembers(): ReadonlyMap<string, JsonSpan> {
    const members = new Map<string, JsonSpan>();
    this.#skipSpace();
    if (this.#peek() !== code("{")) throw this.#fault("expected an object");
    this.#object(1, members);
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#fault("unexpected text after the object");
    return members;
  }

  #value(depth: number): void {
    const { maxValues } = this.#bounds;
    if (++this.#values > maxValues) throw this.#fault(`more than ${maxValues} values`);
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

  /** Of depth 1, whose members are found. */
  #object(depth: number, members: Map<string, JsonSpan> | null = null): void {
    const { maxNames } = this.#bounds;
    this.#open(depth);
    if (this.#takeIf(code("}"))) return;
    const names = new Set<string>();
    do {
      this.#skipSpace();
      if (names.size >= maxNames) throw this.#fault(`more than ${maxNames} members in one object`);
      const name = this.#name(names, members !== null);
      this.#skipSpace();
      if (!this.#takeIf(code(":"))) throw this.#fault("expected `:`");
      this.#skipSpace();
      const start = this.#at;
      this.#value(depth);
      members?.set(name, { start, end: this.#at });
      this.#skipSpace();
    } while (this.#takeIf(code(",")));
    if (!this.#takeIf(code("}"))) throw this.#fault("expected `,` or `}`");
  }

  /** Adds to `names` what it is taken for, in which case it must be another one than each before it. */
  #name(names: Set<string>, isTopLevel: boolean): string {
    const start = this.#at;
    if (this.#peek() !== code('"')) throw this.#fault("expected a member name");
    this.#string();
    if (isTopLevel && this.#at - start > maxNameBytes)
      throw new FaultError(start, `a member name of more than ${maxNameBytes} bytes`);
    const name = readName(decodeUtf8(this.#bytes.subarray(start, this.#at)) ?? "");
    const known = isTopLevel ? foldName(name) : name;
    if (names.has(known)) throw new FaultError(start, "a member name appears twice");
    names.add(known);
    return name;
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
      at = endOfPlain(bytes, at);
      const byte = bytes[at] ?? endOfText;
      if (byte === code('"')) break;
      if (byte === code("\\")) at = endOfEscapes(bytes, at);
      else if (byte >= 0x80) at += this.#characterLength(at);
      else throw new FaultError(at, byte === endOfText ? unexpectedEnd : "a control character in a string");
    }
    this.#at = at + 1;
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
/** 1 for what stands for itself in a string: ASCII without controls, quote and backslash. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== code('"') && byte !== code("\\") ? 1 : 0,
);
/** 1 for what follows the backslash of an escape of two characters. */
const isSimpleEscape = ofEach('"\\/bfnrt');
const isHexDigit = ofEach("0123456789ABCDEFabcdef");

function ofEach(characters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    Number(characters.includes(String.fromCharCode(byte))),
  );
}

function code(character: string): number {
  return character.charCodeAt(0);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the run of characters of one or two bytes ends that stand for themselves: most texts are one. */
function endOfPlain(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    if (isPlain[bytes[at] ?? 0] === 1) at++;
    else if (isTwoBytes(bytes, at)) at += 2;
    else return at;
  }
}

/** Where the run of escapes ends that starts at `start`: code and quoted texts hold many, and a body may hold nothing else. */
function endOfEscapes(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === code("\\")) {
    if (isSimpleEscape[bytes[at + 1] ?? 0] === 1) at += 2;
    else at += unicodeEscapeLength(bytes, at);
  }
  return at;
}

function unicodeEscapeLength(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== code("u")) throw new FaultError(at, "an unknown escape in a string");
  const isWhole =
    isHexDigit[bytes[at + 2] ?? 0] === 1 &&
    isHexDigit[bytes[at + 3] ?? 0] === 1 &&
    isHexDigit[bytes[at + 4] ?? 0] === 1 &&
    isHexDigit[bytes[at + 5] ?? 0] === 1;
  if (!isWhole) throw new FaultError(at, "`\\u` without four hex digits in a string");
  return 6;
}

/** What is beyond ASCII in Latin, Greek, Cyrillic, Hebrew and Arabic texts. */
function isTwoBytes(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at] ?? 0;
  return lead >= 0xc2 && lead <= 0xdf && isContinuation(bytes[at + 1]);
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
