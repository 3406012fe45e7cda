import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { messages } from "../anthropic/messages.ts";
import { responses } from "../responses/responses.ts";
import type { AnswerTranslator } from "../translation.ts";
import { anthropicMessagesToOpenAiChat } from "./anthropic-messages-to-openai-chat.ts";
import { openAiResponsesToOpenAiChat } from "./openai-responses-to-openai-chat.ts";

const asked = { model: "a", max_tokens: 9, messages: [{ role: "user", content: "hi" }], input: "hi" };

function answerOf(dialect: "messages" | "responses", stream: boolean): AnswerTranslator {
  const [operation, translation] =
    dialect === "messages"
      ? [messages, anthropicMessagesToOpenAiChat]
      : [responses, openAiResponsesToOpenAiChat];
  const { input, ...message } = asked;
  const members = dialect === "messages" ? message : { model: "a", input };
  const view = operation.read(encodeUtf8(JSON.stringify({ ...members, stream })));
  assert.ok(view.ok, JSON.stringify(view));
  return translation.answer(view.value);
}

for (const dialect of ["messages", "responses"] as const) {
  test(`a chat that does not say why it ended is told in no ${dialect}: no end is made up`, () => {
    const choices = [{ index: 0, message: { role: "assistant", content: "a" }, finish_reason: null }];
    const whole = encodeUtf8(JSON.stringify({ object: "chat.completion", choices }));
    assert.deepEqual(answerOf(dialect, false).whole(whole), { ok: false, error: "garbage" });
  });

  test(`a stream that says [DONE], but not why the answer ended, is broken as ${dialect}`, () => {
    const answer = answerOf(dialect, true);
    const choices = [{ index: 0, delta: { content: "a" } }];
    const data = JSON.stringify({ object: "chat.completion.chunk", choices });
    assert.ok(answer.push({ name: "message", data }).ok);
    assert.ok(answer.push({ name: "message", data: "[DONE]" }).ok);
    assert.deepEqual(answer.end(), { ok: false, error: "broken" });
  });
}
