// Between chats and messages, there and back is the identity on what both have words for.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { messageOfPiece } from "../../../test/support/message-events.ts";
import { answerTold, viewOfChat } from "../../../test/support/told-chats.ts";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { messages } from "../anthropic/messages.ts";
import { anthropicMessagesToOpenAiChat as back } from "./anthropic-messages-to-openai-chat.ts";
import { openAiChatToAnthropicMessages as translation } from "./openai-chat-to-anthropic-messages.ts";

const hi = { role: "user", content: "hi" };

const blocks = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("text"), text: fc.string({ minLength: 1 }) }),
    fc.record({
      type: fc.constant("image"),
      source: fc.record({
        type: fc.constant("base64"),
        media_type: fc.constant("image/png"),
        data: fc.base64String(),
      }),
    }),
  ),
  { minLength: 1, maxLength: 3 },
);
const uses = fc.array(
  fc.record({
    type: fc.constant("tool_use"),
    id: fc.stringMatching(/^t-[a-z]{1,4}$/),
    name: fc.constant("f"),
    input: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
  }),
  { maxLength: 2 },
);
const words = fc.string({ minLength: 1 });
const rounds = fc.array(fc.tuple(fc.oneof(words, blocks), fc.oneof(words, uses)), { maxLength: 3 });
const asked = fc.record(
  {
    system: fc.oneof(
      words,
      fc.array(fc.record({ type: fc.constant("text"), text: words }), { minLength: 1 }),
    ),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    top_p: fc.double({ min: 0, max: 1, noNaN: true }),
    top_k: fc.nat(),
    stop_sequences: fc.array(words, { minLength: 1 }),
    metadata: fc.record({ user_id: words }),
    tools: fc.array(
      fc.record(
        {
          name: words,
          description: words,
          input_schema: fc.constant({ type: "object" }),
          strict: fc.boolean(),
        },
        { requiredKeys: ["name", "input_schema"] },
      ),
      { minLength: 1 },
    ),
    output_config: fc.record({
      effort: fc.constantFrom("low", "medium", "high"),
      format: fc.constant({ type: "json_schema", schema: { type: "object" } }),
    }),
  },
  { requiredKeys: [] },
);

test("a message that is made a chat and a message again is what it was", () => {
  fc.assert(
    fc.property(asked, rounds, fc.nat(), (members, turns, maxTokens) => {
      const said = turns.flatMap(([question, answered]) => [
        { role: "user", content: question },
        ...(answered.length > 0 ? [{ role: "assistant", content: answered }] : []),
      ]);
      // Two turns of the same side are one, which is not the same message.
      const alternating = said.filter(({ role }, at) => role !== said[at - 1]?.role);
      const message = {
        model: "claude",
        max_tokens: maxTokens,
        ...members,
        messages: [
          ...alternating,
          { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "a" }] },
        ].filter(({ role }, at, all) => role !== all[at + 1]?.role),
      };
      const view = messages.read(encodeUtf8(JSON.stringify(message)));
      assert.ok(view.ok);
      const chat = back.request(view.value, "gpt");
      assert.ok(chat.ok, JSON.stringify(chat));
      const again = translation.request(viewOfChat(decodeUtf8(concatBytes(chat.value)) ?? ""), "claude");
      assert.ok(again.ok, JSON.stringify(again));
      assert.deepEqual(
        JSON.parse(decodeUtf8(concatBytes(again.value)) ?? ""),
        JSON.parse(JSON.stringify(message)),
      );
    }),
  );
});

test("an answer that is told as a chat and as a message again says what it said", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const whole = messageOfPiece(piece);
      const view = messages.read(encodeUtf8(JSON.stringify({ model: "a", messages: [hi] })));
      assert.ok(view.ok);
      const chat = encodeUtf8(JSON.stringify(answerTold(translation, whole)));
      const again = back.answer(view.value).whole(chat);
      assert.ok(again.ok);
      assert.deepEqual(JSON.parse(decodeUtf8(again.value) ?? ""), { ...whole, stop_sequence: null });
    }),
  );
});
