// Event streams: whatever the bytes are and wherever they are cut, the events are those of a reader that takes the whole text, a
// character at a time, as WHATWG HTML §9.2.6 is written.
import { isDeepStrictEqual } from "node:util";
import { type SseEvent, SseParser } from "../../src/wire/index.ts";
import type { Random } from "./random.ts";
import { readWholeStream } from "./sse-oracle.ts";
import { damaged, type Target, type Tried } from "./target.ts";

export const sseTarget: Target = { name: "sse", tryOne };

const fields = [
  "data",
  "data",
  "data",
  "data",
  "event",
  "id",
  "retry",
  "",
  "dat",
  "data ",
  " data",
  "Data",
  "\uFEFFdata",
];
const colons = [":", ": ", ":  ", "", "::", ":\t"];
const values = [
  "",
  "x",
  '{"a":1}',
  "[DONE]",
  "é",
  "漢字",
  "🌍",
  "\u0000",
  "\uFEFF",
  "a: b",
  "data: y",
  " ",
  "x".repeat(40),
];
const lineEnds = ["\n", "\n", "\r\n", "\r"];

function tryOne(random: Random): Tried {
  const whole = new TextEncoder().encode(streamText(random));
  const input = random.chance(0.3) ? damaged(whole, random) : whole;
  const maxEventLength = random.chance(0.7) ? 10_000 : random.below(60);
  const expected = readWholeStream(input, maxEventLength);
  const seen = readInPieces(pieces(input, random), maxEventLength);
  if (seen.fault === null && expected.faults.length === 0) {
    const { events, last } = seen;
    if (isDeepStrictEqual({ events, last }, { events: expected.events, last: expected.last })) {
      return { kind: events.length === 0 ? "no events" : "events" };
    }
  } else if (seen.fault !== null && expected.faults.includes(seen.fault)) {
    // A fault takes the events of its chunk with it.
    if (isDeepStrictEqual(seen.events, expected.events.slice(0, seen.events.length)))
      return { kind: seen.fault };
  }
  return { difference: JSON.stringify({ seen, expected }), input };
}

function streamText(random: Random): string {
  const lineEnd = random.pick(lineEnds);
  const lines = random.some(12, () => {
    const end = random.chance(0.8) ? lineEnd : random.pick(lineEnds);
    if (random.chance(0.35)) return end;
    return `${random.pick(fields)}${random.pick(colons)}${random.pick(values)}${end}`;
  });
  const start = random.chance(0.1) ? "\uFEFF".repeat(1 + random.below(2)) : "";
  const rest = random.pick(["", "", "data: [DONE]", "data: x", "\r"]);
  return start + lines.join("") + rest;
}

/** Some of them empty. */
function pieces(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  const cuts = random.some(random.chance(0.1) ? bytes.length * 2 : 4, () => random.below(bytes.length + 1));
  const bounds = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
  return bounds.slice(1).map((end, at) => bytes.subarray(bounds[at], end));
}

function readInPieces(
  chunks: readonly Uint8Array[],
  maxEventLength: number,
): { events: SseEvent[]; last: SseEvent | null; fault: string | null } {
  const parser = new SseParser(maxEventLength);
  const events: SseEvent[] = [];
  for (const chunk of chunks) {
    const read = parser.push(chunk);
    if (!read.ok) return { events, last: null, fault: read.error };
    events.push(...read.value);
  }
  return { events, last: parser.end(), fault: null };
}
