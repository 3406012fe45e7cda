import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { readChatRequest } from "./chat-request.ts";

const chat = {
  model: "tiny",
  messages: [
    { role: "developer", content: "be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "what is " },
        { type: "text", text: "law?" },
      ],
    },
    { role: "assistant", content: "rules" },
    { role: "user", content: "and?" },
  ],
};
const everything = {
  ...chat,
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: 7,
  temperature: 0,
  top_p: 0.5,
  seed: -1,
  stop: ["a", ""],
  n: 1,
  tools: [],
  response_format: { type: "text" },
  user: "ignored",
};

test("a request becomes a history with an empty turn for the model, and what steers the sampling", () => {
  assert.deepEqual(read(everything), {
    ok: true,
    value: {
      model: "tiny",
      history: [
        { type: "system", text: "be brief" },
        { type: "user", text: "what is law?" },
        { type: "model", response: ["rules"] },
        { type: "user", text: "and?" },
        { type: "model", response: [] },
      ],
      sampling: { temperature: 0, topP: 0.5, seed: 0xffffffff },
      maxTokens: 7,
      stop: ["a"],
      includesUsage: true,
    },
  });
});

test("null counts as left out", () => {
  const nulls = Object.fromEntries(Object.keys(everything).map((name) => [name, null]));
  assert.deepEqual(read({ ...nulls, ...chat }), read(chat));
});

const refused: readonly { param: string; members: object }[] = [
  { param: "max_tokens", members: { max_tokens: 0 } },
  { param: "max_tokens", members: { max_tokens: "7" } },
  { param: "max_completion_tokens", members: { max_completion_tokens: 1.5 } },
  { param: "temperature", members: { temperature: 2.1 } },
  { param: "temperature", members: { temperature: "0" } },
  { param: "top_p", members: { top_p: 0 } },
  { param: "seed", members: { seed: 0.5 } },
  { param: "stop", members: { stop: [1] } },
  { param: "stop", members: { stop: {} } },
  { param: "n", members: { n: 2 } },
  { param: "logprobs", members: { logprobs: true } },
  { param: "tools", members: { tools: [{ type: "function" }] } },
  { param: "tools", members: { tools: {} } },
  { param: "response_format", members: { response_format: { type: "json_object" } } },
  { param: "response_format", members: { response_format: "text" } },
  { param: "messages[0].role", members: { messages: [{ role: "tool", content: "x" }] } },
  { param: "messages[0].content", members: { messages: [{ role: "user", content: null }] } },
  {
    param: "messages[0].content",
    members: { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
  },
  { param: "messages[0].content", members: { messages: [{ role: "user", content: [null, 1, "x", []] }] } },
];
for (const { param, members } of refused) {
  test(`${JSON.stringify(members)} is refused at \`${param}\``, () => {
    const request = read({ ...chat, ...members });
    assert.equal(request.ok ? null : request.error.param, param);
  });
}

test("a damaged request is read or refused, never thrown at", () => {
  const bytes = encodeUtf8(JSON.stringify(everything));
  for (let at = 0; at < bytes.length; at += 1) {
    assert.equal(readChatRequest(bytes.subarray(0, at)).ok, false);
    for (const flip of [0x01, 0x20, 0x80]) {
      const damaged = bytes.map((byte, index) => (index === at ? byte ^ flip : byte));
      assert.doesNotThrow(() => readChatRequest(damaged));
    }
  }
});

function read(members: object): ReturnType<typeof readChatRequest> {
  return readChatRequest(encodeUtf8(JSON.stringify(members)));
}
