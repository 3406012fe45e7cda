import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../base/index.ts";
import { formatSseComment, formatSseData, type SseEvent, SseParser } from "./sse.ts";

const message = (data: string): SseEvent => ({ name: "message", data });

// The first five are the examples of WHATWG HTML §9.2.6.
const streams: readonly { title: string; text: string; events: readonly SseEvent[] }[] = [
  {
    title: "lines of data are one event with line feeds",
    text: "data: YHOO\ndata: +2\ndata: 10\n\n",
    events: [message("YHOO\n+2\n10")],
  },
  {
    title: "comments, ids and an event that never ends are read over",
    text: ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
    events: [message("first event"), message("second event")],
  },
  {
    title: "empty data is an event",
    text: "data\n\ndata\ndata\n\ndata:",
    events: [message(""), message("\n")],
  },
  {
    title: "only one space after the colon goes",
    text: "data:test\n\ndata: test\n\ndata:  test\n\n",
    events: [message("test"), message("test"), message(" test")],
  },
  {
    title: "a name holds for one event",
    text: "event: add\ndata: 1\n\nevent: gone\n\ndata: 2\n\n",
    events: [{ name: "add", data: "1" }, message("2")],
  },
  {
    title: "all three line ends may be mixed",
    text: "data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n",
    events: [message("a"), message("b"), message("c"), message("d")],
  },
  { title: "a byte order mark at the start goes", text: "\ufeffdata: a\n\n", events: [message("a")] },
  {
    title: "a byte order mark later is part of a name",
    text: "data: a\n\n\ufeffdata: b\n\n",
    events: [message("a")],
  },
  {
    title: "unknown fields and fields in capitals are read over",
    text: "Data: a\nretry: 5\nfoo\ndata: b\n\n",
    events: [message("b")],
  },
  {
    title: "a byte order mark is dropped once, however it is cut, and a second one is text",
    text: "\ufeff\ufeffdata: a\n\ndata: b\n\n",
    events: [message("b")],
  },
  { title: "letters of many bytes stay whole", text: "data: é法😀\n\n", events: [message("é法😀")] },
];

for (const { title, text, events } of streams) {
  test(title, () => {
    assert.deepEqual(parseAll([encodeUtf8(text)]), events);
    assert.deepEqual(parseAll(Array.from(encodeUtf8(text), (byte) => Uint8Array.of(byte))), events);
  });
}

test("any way of cutting a stream into chunks gives the same events", () => {
  const piece = fc.constantFrom(
    "data",
    "event",
    ":",
    " ",
    "\r",
    "\n",
    "\r\n",
    "a",
    "é",
    "😀",
    "\ufeff",
    "data: x\n",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
      (pieces, sizes) => {
        const bytes = encodeUtf8(pieces.join(""));
        assert.deepEqual(parseAll(cut(bytes, sizes)), parseAll([bytes]));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("what is written is what is read", () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, "")),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(lines, (parts) => {
      const data = parts.join("\n");
      const text = formatSseComment(data) + formatSseData(data);
      assert.deepEqual(parseAll([encodeUtf8(text)]), [message(data)]);
    }),
  );
});

test("a carriage return in data cannot start a field of its own", () => {
  assert.equal(formatSseData("a\rdata: b\r\nevent: c"), "data: a\ndata: data: b\ndata: event: c\n\n");
});

const tooLarge = [
  { title: "a line without end", text: "data: 123456789012345" },
  { title: "an event of many lines", text: "data: 1\ndata: 2\ndata: 3\n" },
  { title: "a comment without end", text: ": 345678901234567890" },
  { title: "a name without end", text: "event: 90123456789" },
];

for (const { title, text } of tooLarge) {
  test(`${title} is a fault before it is held, however it is cut`, () => {
    for (const size of [1, 2, 7, text.length]) {
      assert.equal(parseAll(cut(encodeUtf8(text), [size]), 16), "event_too_large");
    }
  });
}

test("many events and comments may be longer together than one may be", () => {
  const text = "data: 12345\n\n: 12345\n: 12345\n".repeat(100);
  assert.equal(parseAll([encodeUtf8(text)], 16).length, 100);
});

test("bytes that are not UTF-8 are a fault, not a replacement character", () => {
  assert.equal(parseAll([encodeUtf8("data: "), Uint8Array.of(0xff), encodeUtf8("\n\n")]), "invalid_utf8");
  assert.equal(parseAll([Uint8Array.of(0xe6, 0xb3), encodeUtf8("a")]), "invalid_utf8");
});

function parseAll(chunks: readonly Uint8Array[], maxEventLength = 10_000): readonly SseEvent[] | string {
  const parser = new SseParser(maxEventLength);
  const events: SseEvent[] = [];
  for (const chunk of chunks) {
    const pushed = parser.push(chunk);
    if (!pushed.ok) return pushed.error;
    events.push(...pushed.value);
  }
  return events;
}

/** Chunks of the given sizes, over and over, each after an empty one. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? bytes.length);
    chunks.push(new Uint8Array(0), bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

for (const { text, isDone } of [
  { text: "data: [DONE]", isDone: true },
  { text: "data: [DONE]\n", isDone: true },
  { text: "data: {}\n\ndata:[DONE]\r", isDone: true },
  { text: "data: [DONE]\n\n", isDone: false },
  { text: "data: {}\n", isDone: false },
  { text: "data: [DONE", isDone: false },
  { text: "", isDone: false },
]) {
  test(`an end after ${JSON.stringify(text)} makes up ${isDone ? "the close alone" : "nothing"}`, () => {
    const parser = new SseParser(1024);
    parser.push(encodeUtf8(text));
    assert.equal(parser.end()?.data ?? null, isDone ? "[DONE]" : null);
  });
}
