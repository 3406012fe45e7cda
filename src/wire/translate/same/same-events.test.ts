import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../../base/index.ts";
import { SameEvents } from "./same-events.ts";

const last = "transcript.text.done";
const open = (): SameEvents =>
  new SameEvents({ last: [last], isAnswer: ({ text }) => typeof text === "string", isAnyMedia: true });
const event = (data: unknown): { readonly name: string; readonly data: string } => ({
  name: "message",
  data: typeof data === "string" ? data : JSON.stringify(data),
});
const done = { type: last, text: "hi", usage: { input_tokens: 3, output_tokens: 2 } };

test("the last event waits for the outcome, and what comes behind it lets it go", () => {
  const events = open();
  assert.deepEqual(events.push(event({ type: "delta" })), { ok: true, value: 'data: {"type":"delta"}\n\n' });
  assert.deepEqual(events.push(event(done)), { ok: true, value: "" });
  assert.deepEqual(events.end(), { ok: true, value: `data: ${JSON.stringify(done)}\n\n` });
  assert.deepEqual(events.facts.usage, { promptTokens: 3, completionTokens: 2, cachedTokens: null });
  const more = events.push(event({ type: "delta" }));
  assert.match(
    more.ok ? more.value : "",
    /^data: \{"type":"transcript.text.done".*\n\ndata: \{"type":"delta"\}\n\n$/,
  );
  assert.equal(events.end().ok, false);
});

for (const data of ['{"message":"out of memory"}', "out of memory"]) {
  test(`an event that is named an error is one, whatever it holds: ${data}`, () => {
    const events = open();
    assert.deepEqual(events.push({ name: "error", data }), { ok: false, error: "error" });
    assert.equal(events.end().ok, false);
  });
}

test("a `[DONE]` closes, behind a last event or without one", () => {
  for (const before of [[], [event(done)]]) {
    const events = open();
    for (const each of before) events.push(each);
    assert.deepEqual(events.push(event("[DONE]")), { ok: true, value: "" });
    assert.ok(events.isClosed);
    const closing = events.end();
    assert.match(closing.ok ? closing.value : "", /data: \[DONE\]\n\n$/);
    assert.equal(closing.ok && closing.value.includes(last), before.length > 0);
  }
});

test("a stream that ends without its last event is broken", () => {
  const events = open();
  events.push(event({ type: "delta" }));
  assert.deepEqual(events.end(), { ok: false, error: "broken" });
});

test("an event that is an error is one, and what is no object is garbage", () => {
  for (const error of [{ error: { message: "no" } }, { type: "error" }])
    assert.deepEqual(open().push(event(error)), { ok: false, error: "error" });
  for (const garbage of ["x", "[]", "7"])
    assert.deepEqual(open().push(event(garbage)), { ok: false, error: "garbage" });
});

test("an event's name passes with it", () => {
  assert.deepEqual(open().push({ name: "delta", data: "{}" }), {
    ok: true,
    value: "event: delta\ndata: {}\n\n",
  });
});

test("a whole answer of another kind passes, an empty one is none, and JSON is looked at", () => {
  assert.equal(whole("1\n00:00", "text/plain"), "1\n00:00");
  assert.equal(whole("", "text/plain"), "garbage");
  assert.equal(whole('{"text":"hi"}', "application/json"), '{"text":"hi"}');
  assert.equal(whole('{"words":1}', "application/json; charset=utf-8"), "garbage");
  assert.equal(whole('{"error":{"message":"no"}}', "application/json"), "error");
});

function whole(text: string, type: string): string {
  const made = open().whole(encodeUtf8(text), type);
  return made.ok ? Buffer.from(made.value).toString() : made.error;
}
