import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { eventsOfMessage, messageOfPiece } from "../../../test/support/message-events.ts";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { RequestView } from "../operation.ts";
import { responses } from "../responses/responses.ts";
import { SseParser } from "../sse.ts";
import type { AnswerTranslator, Translation } from "../translation.ts";
import { translationFor } from "./translations.ts";

function viewOf(members: object): RequestView {
  const view = responses.read(encodeUtf8(JSON.stringify({ model: "a", input: "hi", ...members })));
  assert.ok(view.ok);
  return view.value;
}

function toMessages(): Translation {
  const translation = translationFor("responses", "messages");
  assert.ok(translation);
  return translation;
}

test("a response is asked of an engine of messages by way of a chat", () => {
  const made = toMessages().request(viewOf({ instructions: "Be brief.", max_output_tokens: 9 }), "claude");
  assert.ok(made.ok);
  assert.deepEqual(JSON.parse(decodeUtf8(concatBytes(made.value)) ?? ""), {
    model: "claude",
    max_tokens: 9,
    system: "Be brief.",
    messages: [{ role: "user", content: "hi" }],
  });
});

for (const { members, param } of [
  { members: { text: { format: { type: "json_object" } } }, param: "text.format" },
  { members: { reasoning: { effort: "minimal" } }, param: "reasoning.effort" },
  { members: { input: [{ role: "assistant", content: "I" }] }, param: "input" },
  { members: { metadata: { team: "b" } }, param: "metadata" },
  { members: { tools: [{ type: "custom", name: "f" }] }, param: "tools[0].type" },
]) {
  test(`what has no counterpart on the way is named as the caller wrote it: ${param}`, () => {
    const made = toMessages().request(viewOf(members), "claude");
    assert.ok(!made.ok);
    assert.equal(made.error.param, param);
    assert.ok(made.error.message.includes(`\`${param}\``), made.error.message);
  });
}

function lastEvent(answer: AnswerTranslator, events: ReturnType<typeof eventsOfMessage>): unknown {
  let text = "";
  for (const [name, body] of events) {
    const told = answer.push({ name, data: JSON.stringify(body) });
    assert.ok(told.ok);
    text += told.value;
  }
  const end = answer.end();
  assert.ok(end.ok);
  const told = new SseParser(1 << 20).push(encodeUtf8(text + end.value));
  assert.ok(told.ok);
  return (JSON.parse(told.value.at(-1)?.data ?? "") as { response: unknown }).response;
}

test("a streamed answer by way of a chat adds up to the whole one, with the counts of the engine", () => {
  const told = { input_tokens: 10, output_tokens: 4, total_tokens: 14 };
  const details = {
    input_tokens_details: { cached_tokens: 6 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  fc.assert(
    fc.property(pieces, (piece) => {
      const whole = toMessages()
        .answer(viewOf({}))
        .whole(encodeUtf8(JSON.stringify(messageOfPiece(piece))));
      assert.ok(whole.ok);
      const response = lastEvent(toMessages().answer(viewOf({ stream: true })), eventsOfMessage(piece));
      assert.deepEqual(response, JSON.parse(decodeUtf8(whole.value) ?? ""));
      assert.deepEqual((response as { usage: unknown }).usage, { ...told, ...details });
    }),
  );
});

test("a stream that is cut is broken, and an engine's error is one, by way of a chat too", () => {
  const answer = toMessages().answer(viewOf({ stream: true }));
  const [start = ["", {}] as const] = eventsOfMessage({ reasoning: [], text: ["a"], calls: [] });
  assert.ok(answer.push({ name: start[0], data: JSON.stringify(start[1]) }).ok);
  assert.deepEqual(answer.end(), { ok: false, error: "broken" });
  const failed = answer.push({ name: "error", data: '{"type":"error","error":{"type":"overloaded_error"}}' });
  assert.deepEqual(failed, { ok: false, error: "error" });
  assert.deepEqual(answer.facts.body, { type: "error", error: { type: "overloaded_error" } });
});
