import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { converseAnswerOf, converseEventsOf } from "../../../test/support/converse-events.ts";
import { answerTold, foldedChat, streamTold, viewOfChat } from "../../../test/support/told-chats.ts";
import { concatBytes, decodeUtf8 } from "../../base/index.ts";
import { readEngineError } from "../engine-error.ts";
import { openAiChatToBedrockConverse as translation } from "./openai-chat-to-bedrock-converse.ts";

const hi = { role: "user", content: "hi" };

function translated(members: object): ReturnType<typeof translation.request> {
  return translation.request(viewOfChat({ messages: [hi], ...members }), "claude");
}

function converseOf(members: object): unknown {
  const request = translated(members);
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

function call(id: string, json: string): object {
  return { id, type: "function", function: { name: "weather", arguments: json } };
}

test("a whole request: turns, pictures, tools with their results, and how to answer", () => {
  const schema = { type: "object" };
  const converse = converseOf({
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    stop: ["END"],
    stream: true,
    service_tier: "flex",
    response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
    tools: [
      {
        type: "function",
        function: { name: "weather", description: "of a place", parameters: schema, strict: true },
      },
    ],
    tool_choice: "required",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      { role: "assistant", content: "", tool_calls: [call("t-1", '{"place":"Köln"}'), call("t-2", "")] },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "no place" }] },
      { role: "user", content: "So?" },
    ],
  });
  assert.deepEqual(converse, {
    system: [{ text: "Be brief." }],
    messages: [
      {
        role: "user",
        content: [{ text: "What is this?" }, { image: { format: "png", source: { bytes: "AAAA" } } }],
      },
      {
        role: "assistant",
        content: [
          { toolUse: { toolUseId: "t-1", name: "weather", input: { place: "Köln" } } },
          { toolUse: { toolUseId: "t-2", name: "weather", input: {} } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "t-1", content: [{ text: "rain" }] } },
          { toolResult: { toolUseId: "t-2", content: [{ text: "no place" }] } },
          { text: "So?" },
        ],
      },
    ],
    inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: "weather",
            description: "of a place",
            strict: true,
            inputSchema: { json: schema },
          },
        },
      ],
      toolChoice: { any: {} },
    },
    outputConfig: {
      textFormat: {
        type: "json_schema",
        structure: { jsonSchema: { schema: '{"type":"object"}', name: "place" } },
      },
    },
    serviceTier: { type: "flex" },
  });
});

test("a chat that says nothing of how to answer leaves that to the model", () => {
  assert.deepEqual(converseOf({}), { messages: [{ role: "user", content: [{ text: "hi" }] }] });
});

const tools = [{ type: "function", function: { name: "f" } }];
const picture = (url: string): object => ({
  messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
});

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { n: 2 }, param: "n" },
  { members: { seed: 1 }, param: "seed" },
  { members: { top_k: 4 }, param: "top_k" },
  { members: { user: "a" }, param: "user" },
  { members: { reasoning_effort: "low" }, param: "reasoning_effort" },
  { members: { temperature: 1.1 }, param: "temperature" },
  { members: { service_tier: "scale" }, param: "service_tier" },
  { members: { response_format: { type: "json_object" } }, param: "response_format.type" },
  { members: { tools, tool_choice: "none" }, param: "tool_choice" },
  { members: { tools, parallel_tool_calls: false }, param: "parallel_tool_calls" },
  { members: picture("data:image/tiff;base64,A"), param: "messages[0].content[0].image_url.url" },
  { members: picture("https://example.com/a.png"), param: "messages[0].content[0].image_url.url" },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translated(members);
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
    assert.ok(request.error.message.includes(`\`${param}\``));
  });
}

test("a whole answer: thinking, text, calls, and counts with what was cached", () => {
  const piece = {
    reasoning: ["A map."],
    text: ["I look."],
    calls: [{ id: "t-1", json: ['{"place":"Köln"}'] }],
  };
  const message = {
    role: "assistant",
    content: "I look.",
    refusal: null,
    reasoning_content: "A map.",
    tool_calls: [call("t-1", '{"place":"Köln"}')],
  };
  assert.deepEqual(answerTold(translation, converseAnswerOf(piece)), {
    id: "chatcmpl-unnamed",
    object: "chat.completion",
    created: 0,
    model: "a",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "tool_calls" }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 6 },
    },
  });
});

const silent = { reasoning: [], text: [], calls: [] };

for (const [reason, finish] of [
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["guardrail_intervened", "content_filter"],
  ["content_filtered", "content_filter"],
]) {
  test(`an answer of Converse that ended by ${reason} is a chat that ended by ${finish}`, () => {
    const told = answerTold(translation, { ...converseAnswerOf(silent), stopReason: reason });
    assert.equal((told as { choices: { finish_reason: string }[] }).choices[0]?.finish_reason, finish);
  });
}

for (const { title, body, fault } of [
  { title: "an end that nobody knows", body: { stopReason: "tired" }, fault: "garbage" },
  { title: "a broken call", body: { stopReason: "malformed_tool_use" }, fault: "garbage" },
  {
    title: "a block that a chat has no form for",
    body: { output: { message: { content: [{ video: {} }] } } },
    fault: "garbage",
  },
  { title: "a sentence alone", body: { output: undefined, message: "no" }, fault: "error" },
]) {
  test(`${title} of Converse cannot be told as a chat`, () => {
    assert.equal(answerTold(translation, { ...converseAnswerOf(silent), ...body }), fault);
  });
}

test("a streamed answer of Converse adds up to the whole one, however it was cut", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const chunks = streamTold(translation, converseEventsOf(piece), { include_usage: true });
      assert.deepEqual(foldedChat(chunks), answerTold(translation, converseAnswerOf(piece)));
    }),
  );
});

test("a call of Converse that is given nothing is given an empty object", () => {
  const events = converseEventsOf({ ...silent, calls: [{ id: "t-1", json: [] }] });
  const data = streamTold(translation, events, { include_usage: true }).join("");
  assert.match(data, /"arguments":"\{\}"/);
});

test("a stream of Converse ends with its counts, and without them where it said why it ended", () => {
  const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
  for (const [name, body] of converseEventsOf(silent)) {
    assert.equal(answer.isClosed, false);
    if (name === "messageStop") assert.deepEqual(answer.end(), { ok: false, error: "broken" });
    assert.ok(answer.push({ name, data: JSON.stringify(body) }).ok);
    if (name === "messageStop") assert.deepEqual(answer.end(), { ok: true, value: "data: [DONE]\n\n" });
  }
  assert.equal(answer.isClosed, true);
});

for (const [name, status] of [
  ["throttlingException", 429],
  ["validationException", 400],
  ["serviceUnavailableException", 503],
  ["internalServerException", 500],
  ["modelStreamErrorException", 424],
  ["unheardOfException", null],
] as const) {
  test(`an exception in a stream of Converse, ${name}, is an error as one of its own would be`, () => {
    const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
    assert.ok(answer.push({ name: "messageStart", data: '{"role":"assistant"}' }).ok);
    assert.deepEqual(answer.push({ name, data: '{"message":"no"}' }), { ok: false, error: "error" });
    const { status: told, type, message } = readEngineError(answer.facts.body);
    assert.deepEqual({ told, type, message }, { told: status, type: name, message: "no" });
  });
}

test("events of Converse without their beginning, and pieces of a call that did not begin, are none", () => {
  const piece = { contentBlockIndex: 0, delta: { toolUse: { input: "{" } } };
  for (const before of [[], ["messageStart"]]) {
    const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
    for (const name of before) answer.push({ name, data: "{}" });
    const told = answer.push({ name: "contentBlockDelta", data: JSON.stringify(piece) });
    assert.deepEqual(told, { ok: false, error: "garbage" });
  }
});
