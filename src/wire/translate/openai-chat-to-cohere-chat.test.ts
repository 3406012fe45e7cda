import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { cohereAnswerOf, cohereEventsOf } from "../../../test/support/cohere-events.ts";
import { answerTold, foldedChat, streamTold, viewOfChat } from "../../../test/support/told-chats.ts";
import { concatBytes, decodeUtf8 } from "../../base/index.ts";
import { readEngineError } from "../engine-error.ts";
import { openAiChatToCohereChat as translation } from "./openai-chat-to-cohere-chat.ts";

const hi = { role: "user", content: "hi" };

function translated(members: object): ReturnType<typeof translation.request> {
  return translation.request(viewOfChat({ messages: [hi], ...members }), "command-a");
}

function cohereOf(members: object): unknown {
  const request = translated(members);
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

function call(id: string, json: string): object {
  return { id, type: "function", function: { name: "weather", arguments: json } };
}

const toolOf = (name: string, strict = false): object => ({ type: "function", function: { name, strict } });

test("a whole request: messages, pictures, tools with their results, and how to answer", () => {
  const schema = { type: "object" };
  const cohere = cohereOf({
    max_completion_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop: "END",
    seed: 7,
    presence_penalty: 0.5,
    frequency_penalty: 0,
    stream: true,
    reasoning_effort: "none",
    service_tier: "default",
    response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
    tools: [
      { type: "function", function: { name: "weather", description: "of a place", parameters: schema } },
    ],
    tool_choice: { type: "function", function: { name: "weather" } },
    messages: [
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: [call("t-1", '{"n":12345678901234567890}'), call("t-2", "")],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "no place" }] },
      { role: "user", content: "And now?" },
    ],
  });
  assert.deepEqual(cohere, {
    model: "command-a",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: [{ type: "text", text: "I look." }],
        tool_calls: [call("t-1", '{"n":12345678901234567890}'), call("t-2", "{}")],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "no place" }] },
      { role: "user", content: [{ type: "text", text: "And now?" }] },
    ],
    stream: true,
    max_tokens: 100,
    temperature: 0.5,
    p: 0.9,
    k: 40,
    stop_sequences: ["END"],
    seed: 7,
    presence_penalty: 0.5,
    thinking: { type: "disabled" },
    response_format: { type: "json_object", json_schema: schema },
    tools: [
      { type: "function", function: { name: "weather", description: "of a place", parameters: schema } },
    ],
    tool_choice: "REQUIRED",
  });
});

test("a chat that says nothing of how to answer leaves that to the model", () => {
  assert.deepEqual(cohereOf({}), { model: "command-a", messages: [hi] });
});

for (const { members, said } of [
  { members: { tools: [toolOf("f", true), toolOf("g")] }, said: { strict_tools: true } },
  { members: { tools: [toolOf("f")], tool_choice: "none" }, said: { tool_choice: "NONE" } },
  {
    members: { tools: [toolOf("f"), toolOf("g")], tool_choice: "required" },
    said: { tool_choice: "REQUIRED" },
  },
  { members: { tools: [toolOf("f")], tool_choice: "auto" }, said: {} },
  { members: { reasoning_effort: "high" }, said: { thinking: { type: "enabled" } } },
  {
    members: { response_format: { type: "json_object" } },
    said: { response_format: { type: "json_object" } },
  },
]) {
  test(`${JSON.stringify(members)} is told as ${JSON.stringify(said)}`, () => {
    const {
      model: _model,
      messages: _messages,
      tools: _tools,
      ...told
    } = cohereOf(members) as Record<string, unknown>;
    assert.deepEqual(told, said);
  });
}

const named = { type: "function", function: { name: "f" } };

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { n: 2 }, param: "n" },
  { members: { logprobs: true }, param: "logprobs" },
  { members: { user: "a" }, param: "user" },
  { members: { temperature: 1.1 }, param: "temperature" },
  { members: { top_p: 1 }, param: "top_p" },
  { members: { top_p: 0 }, param: "top_p" },
  { members: { presence_penalty: -0.5 }, param: "presence_penalty" },
  { members: { frequency_penalty: 1.5 }, param: "frequency_penalty" },
  { members: { reasoning_effort: "low" }, param: "reasoning_effort" },
  { members: { service_tier: "flex" }, param: "service_tier" },
  { members: { tools: [toolOf("f"), toolOf("g")], tool_choice: named }, param: "tool_choice" },
  { members: { tool_choice: "required" }, param: "tool_choice" },
  { members: { tools: [toolOf("f")], parallel_tool_calls: false }, param: "parallel_tool_calls" },
  { members: { messages: [hi, { role: "system", content: "a" }] }, param: "messages[1].role" },
  { members: { messages: [{ ...hi, name: "a" }] }, param: "messages[0].name" },
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
  assert.deepEqual(answerTold(translation, cohereAnswerOf(piece)), {
    id: "fba98ad3-e5a1-413c-a8de-84fbf9baabf7",
    object: "chat.completion",
    created: 0,
    model: "a",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "tool_calls" }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 6 },
    },
  });
});

function endedBy(finish_reason: unknown, message: unknown = { role: "assistant" }): unknown {
  const told = answerTold(translation, { id: "r-1", finish_reason, message });
  return typeof told === "string" ? told : (told as { choices: unknown[] }).choices[0];
}

for (const [reason, finish] of [
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool_calls"],
]) {
  test(`an answer of Cohere that ended by ${reason} is a chat that ended by ${finish}`, () => {
    assert.equal((endedBy(reason) as { finish_reason: string }).finish_reason, finish);
  });
}

for (const [reason, fault] of [
  ["ERROR", "error"],
  ["TIMEOUT", "error"],
  ["TIRED", "garbage"],
  [undefined, "garbage"],
] as const) {
  test(`an answer of Cohere that ended by ${reason} is none: ${fault}`, () => {
    assert.equal(endedBy(reason), fault);
  });
}

for (const message of [
  null,
  { content: "hi" },
  { content: [7] },
  { content: [{ type: "text", text: 7 }] },
  { tool_plan: 7 },
  { tool_calls: [{ id: "t-1" }] },
  { tool_calls: [{ function: { name: "f", arguments: "" } }] },
]) {
  test(`a message that is none of Cohere's is none of an answer: ${JSON.stringify(message)}`, () => {
    assert.equal(endedBy("COMPLETE", message), "garbage");
  });
}

test("a plan is thought, whole and streamed, and citations have no form in a chat", () => {
  const citation = { start: 0, end: 2, text: "It", sources: [] };
  const [whole] = [
    endedBy("COMPLETE", {
      content: [{ type: "text", text: "It" }],
      tool_plan: "I ask.",
      citations: [citation],
    }),
  ];
  assert.deepEqual((whole as { message: unknown }).message, {
    role: "assistant",
    content: "It",
    refusal: null,
    reasoning_content: "I ask.",
  });
  const [start, ...rest] = cohereEventsOf({ reasoning: [], text: ["It"], calls: [] });
  assert.ok(start);
  const planned = { type: "tool-plan-delta", delta: { message: { tool_plan: "I ask." } } };
  const cited = { type: "citation-start", index: 0, delta: { message: { citations: citation } } };
  const chunks = streamTold(
    translation,
    [
      start,
      ["tool-plan-delta", planned],
      ["citation-start", cited],
      ["citation-end", { type: "citation-end", index: 0 }],
      ...rest,
    ],
    { include_usage: true },
  );
  assert.deepEqual(
    (foldedChat(chunks) as { choices: { message: unknown }[] }).choices[0]?.message,
    (whole as { message: unknown }).message,
  );
});

function pushed(events: readonly object[]): readonly unknown[] {
  const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
  const results = events.map((event) => answer.push({ name: "message", data: JSON.stringify(event) }));
  return [results.at(-1), answer.end(), readEngineError(answer.facts.body)];
}

const started = { type: "message-start", id: "r-1", delta: { message: { role: "assistant" } } };

for (const [reason, status] of [
  ["ERROR", 500],
  ["TIMEOUT", 504],
] as const) {
  test(`a stream that ends by ${reason} is an error like ${status}, with its sentence, and no end is made up`, () => {
    const [last, end, error] = pushed([
      started,
      { type: "message-end", delta: { finish_reason: reason, error: "it broke" } },
    ]);
    assert.deepEqual(last, { ok: false, error: "error" });
    assert.deepEqual(end, { ok: false, error: "broken" });
    assert.deepEqual(
      [(error as { status: number }).status, (error as { message: string }).message],
      [status, "it broke"],
    );
  });
}

test("what begins with no `message-start`, or goes on with a call that never began, is none of the dialect", () => {
  const garbage = { ok: false, error: "garbage" };
  assert.deepEqual(
    pushed([{ type: "content-delta", delta: { message: { content: { text: "a" } } } }])[0],
    garbage,
  );
  const goesOn = {
    type: "tool-call-delta",
    index: 0,
    delta: { message: { tool_calls: { function: { arguments: "{" } } } },
  };
  assert.deepEqual(pushed([started, goesOn])[0], garbage);
  assert.deepEqual(pushed([started, { type: "message-end", delta: {} }])[0], garbage);
});

test("an error in the place of a stream's event is one", () => {
  const [last, , error] = pushed([{ id: "r-1", message: "invalid request: no" }]);
  assert.deepEqual(last, { ok: false, error: "error" });
  assert.equal((error as { message: string }).message, "invalid request: no");
});

test("a call without arguments is given an empty object", () => {
  const events = cohereEventsOf({ reasoning: [], text: [], calls: [{ id: "t-1", json: [] }] });
  const whole = answerTold(
    translation,
    cohereAnswerOf({ reasoning: [], text: [], calls: [{ id: "t-1", json: [] }] }),
  );
  for (const told of [foldedChat(streamTold(translation, events, { include_usage: true })), whole]) {
    const { choices } = told as {
      choices: { message: { tool_calls: { function: { arguments: string } }[] } }[];
    };
    assert.equal(choices[0]?.message.tool_calls[0]?.function.arguments, "{}");
  }
});

test("where Cohere tells what is billed alone, that is what was used", () => {
  const told = answerTold(translation, {
    finish_reason: "COMPLETE",
    message: { content: [] },
    usage: { billed_units: { input_tokens: 4, output_tokens: 2 }, cached_tokens: 6 },
  }) as { usage: object };
  assert.deepEqual(told.usage, { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 });
});

test("a streamed answer of Cohere adds up to the whole one, however it was cut", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const chunks = streamTold(translation, cohereEventsOf(piece), { include_usage: true });
      assert.deepEqual(foldedChat(chunks), answerTold(translation, cohereAnswerOf(piece)));
    }),
  );
});

test("`message-end` closes a stream, and what comes behind it counts for nothing", () => {
  const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
  for (const [name, event] of cohereEventsOf({ reasoning: [], text: ["a"], calls: [] })) {
    assert.equal(answer.isClosed, false);
    answer.push({ name, data: JSON.stringify(event) });
  }
  assert.equal(answer.isClosed, true);
  assert.deepEqual(answer.push({ name: "message", data: "[DONE]" }), { ok: true, value: "" });
});
