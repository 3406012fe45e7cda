// Reads a JSON object with the engine's own parser, several times as fast as a scan of its bytes in json-members.ts, and
// finds where its members stand by a scan that jumps over long texts. It accepts, and never refuses: whatever is not
// surely in order is left to the strict scan, which says what is wrong with it.
import { decodeUtf8, isObject } from "../base/index.ts";
import { foldName } from "./member-name.ts";

/** Of a top-level member, in bytes. */
export interface FoundMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

export interface NativeBounds {
  readonly maxValues: number;
  readonly maxNames: number;
  readonly maxDepth: number;
  readonly maxNameBytes: number;
}

/**
 * The members in the order in which they stand; null for whatever the strict scan must judge. INVARIANT: what is returned
 * here is what the strict scan finds, and within the bounds.
 */
export function readNatively(bytes: Uint8Array, bounds: NativeBounds): readonly FoundMember[] | null {
  // Before the parser, which knows no bounds.
  const found = placesOf(bytes, bounds);
  const text = found === null ? null : decodeUtf8(bytes);
  if (found === null || text === null) return null;
  const value = parsed(text);
  // Of two members with one name the parser keeps the last, at any depth.
  if (!isObject(value) || stepsOf(value) !== found.steps) return null;
  const members: FoundMember[] = [];
  const seen = new Set<string>();
  // Where each character is a byte, places in the bytes are places in the text.
  const isAscii = text.length === bytes.length;
  for (const { nameStart, nameEnd, start, end } of found.places) {
    if (nameEnd - nameStart > bounds.maxNameBytes) return null;
    const literal = isAscii ? text.slice(nameStart, nameEnd) : decodeUtf8(bytes.subarray(nameStart, nameEnd));
    const name = readName(literal ?? "");
    seen.add(foldName(name));
    members.push({ name, start, end, value: value[name] });
  }
  return seen.size === members.length ? members : null;
}

/** What a string is that is known to be JSON, and has its quotes. */
export function readName(literal: string): string {
  return literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
}

/** Undefined for what is no JSON. The parser's error quotes the text, so nobody sees it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many commas and opening brackets a text has that says this, with no name twice. INVARIANT: it is no deeper than the bounds allow. */
function stepsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let [items, steps] = [0, 0];
  if (Array.isArray(value)) {
    items = value.length;
    for (const item of value as readonly unknown[]) steps += stepsOf(item);
  } else {
    for (const name in value) {
      items++;
      steps += stepsOf((value as Readonly<Record<string, unknown>>)[name]);
    }
  }
  return steps + Math.max(items, 1);
}

interface FoundPlaces {
  readonly places: readonly Place[];
  /** See {@link stepsOf}. */
  readonly steps: number;
}

interface Place {
  nameStart: number;
  nameEnd: number;
  start: number;
  end: number;
}

/**
 * Commas so far in the container of each depth: it has one item more at most. One list for all texts: of one, a depth is
 * written before it is read.
 */
let commas = new Uint32Array(0);

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Where members of depth 1 stand, if the bytes are JSON at all: nothing else is checked here but the bounds, which may be
 * taken for passed where they are only nearly so, and never the other way round.
 */
function placesOf(bytes: Uint8Array, { maxValues, maxNames, maxDepth }: NativeBounds): FoundPlaces | null {
  if (maxNames < 1) return null;
  const places: Place[] = [];
  if (commas.length <= maxDepth) commas = new Uint32Array(maxDepth + 1);
  commas[0] = 0;
  let place: Place | null = null;
  let [at, depth, steps, lastEnd] = [0, 0, 0, 0];
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    if (depth === 1 && place !== null && place.start < 0 && byte !== colon) place.start = at;
    if (byte === quote) {
      const start = at;
      at = endOfString(bytes, at);
      if (depth === 1 && place === null) {
        place = { nameStart: start, nameEnd: at + 1, start: -1, end: -1 };
        places.push(place);
      }
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > maxDepth || ++steps > maxValues) return null;
      commas[depth] = 0;
    } else if (byte === comma || byte === closeBrace || byte === closeBracket) {
      if (depth === 1 && place !== null) {
        place.end = lastEnd;
        place = null;
      }
      if (byte !== comma) depth--;
      else if (++steps > maxValues || (commas[depth] = (commas[depth] ?? 0) + 1) >= maxNames) return null;
      if (depth < 0) return null;
    }
    lastEnd = at + 1;
  }
  return { places, steps };
}

/** Short texts byte by byte, for a search costs as much as some fifty steps; and again after each quote that is escaped. */
const stepsBeforeSearch = 48;

/** Of the closing quote; the text's end where there is none. */
export function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (;;) {
    for (const end = at + stepsBeforeSearch; at < end; at++) {
      const byte = bytes[at];
      if (byte === quote || byte === undefined) return at;
      if (byte === backslash) at++;
    }
    const found = bytes.indexOf(quote, at);
    if (found === -1) return bytes.length;
    if (!isEscaped(bytes, at, found)) return found;
    at = found + 1;
  }
}

/** By an odd number of backslashes before it, none of which stands before `from`. */
function isEscaped(bytes: Uint8Array, from: number, at: number): boolean {
  let before = at - 1;
  while (before >= from && bytes[before] === backslash) before--;
  return (at - 1 - before) % 2 === 1;
}
