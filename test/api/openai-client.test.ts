// OpenAI's official client against a cell, with nothing changed but the base URL: every method that the surface claims.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import OpenAI, { AzureOpenAI } from "openai";
import { judge } from "../support/client-verdicts.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";
import { startWeatherEngine } from "../support/weather-engine.ts";
import { startWeatherMessages } from "../support/weather-messages.ts";

const messages = [{ role: "user" as const, content: "Which law governs?" }];
const model = "assistant";
const asked = "Which law governs?";
const engineSays = /simulated engine in DE/;

type ChatTurn = OpenAI.Chat.ChatCompletionMessageParam;
type Method = readonly [name: string, run: (client: OpenAI) => Promise<void>];

const openAiMethods: readonly Method[] = [
  [
    "chat.completions.create",
    async (client) => {
      const { choices, usage } = await client.chat.completions.create({ model, messages });
      assert.match(choices[0]?.message.content ?? "", engineSays);
      assert.ok((usage?.completion_tokens ?? 0) > 0);
    },
  ],
  [
    "chat.completions.create, streamed",
    async (client) => {
      let text = "";
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
        text += chunk.choices[0]?.delta.content ?? "";
      assert.match(text, engineSays);
    },
  ],
  [
    "completions.create",
    async (client) => {
      const { choices, usage } = await client.completions.create({ model, prompt: "Which law governs?" });
      assert.match(choices[0]?.text ?? "", engineSays);
      assert.ok((usage?.completion_tokens ?? 0) > 0);
    },
  ],
  [
    "completions.create, streamed",
    async (client) => {
      let text = "";
      for await (const chunk of await client.completions.create({
        model,
        prompt: [1, 22, 333],
        stream: true,
      }))
        text += chunk.choices[0]?.text ?? "";
      assert.match(text, engineSays);
    },
  ],
  [
    "embeddings.create",
    async (client) => {
      const { data, usage } = await client.embeddings.create({ model, input: ["a", "b"], dimensions: 5 });
      assert.deepEqual(
        data.map(({ embedding }) => embedding.length),
        [5, 5],
      );
      assert.ok(usage.prompt_tokens > 0);
    },
  ],
  [
    "embeddings.create, of tokens, as numbers",
    async (client) => {
      const input = [[1, 22], [333]];
      const { data } = await client.embeddings.create({ model, input, encoding_format: "float" });
      assert.equal(data.length, 2);
      assert.ok(data.every(({ embedding }) => embedding.every(Number.isFinite)));
    },
  ],
  [
    "responses.create",
    async (client) => {
      const { output_text: text, status, usage } = await client.responses.create({ model, input: asked });
      assert.match(text, engineSays);
      assert.deepEqual([status, (usage?.output_tokens ?? 0) > 0], ["completed", true]);
    },
  ],
  [
    "responses.create, streamed",
    async (client) => {
      const types: string[] = [];
      let text = "";
      for await (const event of await client.responses.create({ model, input: asked, stream: true })) {
        types.push(event.type);
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      assert.match(text, engineSays);
      assert.deepEqual(
        types.filter((type, at) => type !== types[at - 1]),
        [
          "response.created",
          "response.in_progress",
          "response.output_item.added",
          "response.content_part.added",
          "response.output_text.delta",
          "response.output_text.done",
          "response.content_part.done",
          "response.output_item.done",
          "response.completed",
        ],
      );
    },
  ],
  [
    "responses.stream, to its final response",
    async (client) => {
      const response = await client.responses.stream({ model, input: asked }).finalResponse();
      assert.match(response.output_text, engineSays);
    },
  ],
  [
    "moderations.create",
    async (client) => {
      const { results } = await client.moderations.create({ model, input: ["a", "b"] });
      assert.deepEqual(
        results.map(({ flagged }) => flagged),
        [false, false],
      );
    },
  ],
  [
    "models.list",
    async (client) => {
      const { data } = await client.models.list();
      assert.deepEqual(
        data.map(({ id }) => id),
        ["assistant", "solo"],
      );
    },
  ],
  ["models.retrieve", async (client) => assert.equal((await client.models.retrieve(model)).id, model)],
];

for (const { engine, serves, isChosen } of [
  { engine: "an engine of its dialect", serves: "", isChosen: () => true },
  {
    engine: "an engine of chats",
    serves: "serves: [chat_completions],",
    isChosen: (method: string) => /^(chat|responses)/.test(method),
  },
  {
    engine: "an engine of messages",
    serves: "serves: [messages],",
    isChosen: (method: string) => /^(chat|responses)/.test(method),
  },
]) {
  test(`OpenAI's client runs every method on ${engine}`, async (t) => {
    const policy = testPolicy.replaceAll("engine: sim,", `engine: sim, ${serves}`);
    const cell = await startTestCell(t, { policy });
    const baseURL = `${cell.gateway.url}/v1`;
    const client = new OpenAI({ baseURL, apiKey: keyOf("demo-bank"), maxRetries: 0 });
    for (const [method, run] of openAiMethods.filter(([name]) => isChosen(name)))
      await judge(t, { client: `openai, ${engine}`, method }, () => run(client));
  });
}

test("OpenAI's client for Azure runs every method, by deployments in the path", async (t) => {
  const cell = await startTestCell(t);
  const client = new AzureOpenAI({
    endpoint: cell.gateway.url,
    apiKey: keyOf("demo-bank"),
    apiVersion: "2024-10-21",
    maxRetries: 0,
  });
  for (const [method, run] of openAiMethods)
    await judge(t, { client: "openai, as Azure's", method }, () => run(client));
  const deployed = new AzureOpenAI({
    endpoint: cell.gateway.url,
    apiKey: keyOf("demo-bank"),
    apiVersion: "2024-10-21",
    deployment: model,
    maxRetries: 0,
  });
  await judge(t, { client: "openai, as Azure's", method: "chat.completions.create, no model" }, async () => {
    const { choices } = await deployed.chat.completions.create({ model: "", messages });
    assert.match(choices[0]?.message.content ?? "", engineSays);
  });
});

const weather = {
  type: "function" as const,
  name: "weather",
  parameters: { type: "object", properties: { place: { type: "string" } } },
  strict: false,
};

for (const { serves, start, isStream } of [
  { serves: "chat_completions", start: startWeatherEngine },
  { serves: "messages", start: startWeatherMessages },
].flatMap((each) => [false, true].map((isStream) => ({ ...each, isStream })))) {
  const how = isStream ? "streamed" : "whole";
  const clientOf = async (t: TestContext): Promise<OpenAI> => {
    const upstream = await start(t, isStream);
    const policy = testPolicy.replace("engine: sim,", `engine: openai-compatible, serves: [${serves}],`);
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const baseURL = `${cell.gateway.url}/v1`;
    return new OpenAI({ baseURL, apiKey: keyOf("demo-bank"), maxRetries: 0 });
  };

  test(`OpenAI's client asks for a response of an engine of ${serves}, calls two tools and gives their results, ${how}`, async (t) => {
    const client = await clientOf(t);
    const ask = async (input: OpenAI.Responses.ResponseInput): Promise<OpenAI.Responses.Response> => {
      const params = { model: "solo", input, tools: [weather] };
      return isStream ? client.responses.stream(params).finalResponse() : client.responses.create(params);
    };
    const method = `responses with tools, ${how}`;
    await judge(t, { client: `openai, an engine of ${serves}`, method }, async () => {
      const called = await ask([...messages]);
      const calls = called.output.filter((item) => item.type === "function_call");
      assert.deepEqual(
        calls.map(({ name, arguments: json }) => [name, json]),
        [
          ["weather", '{"place":"Bonn"}'],
          ["weather", '{"place":"Köln"}'],
        ],
      );
      const results = calls.map(({ call_id: id }) => ({
        type: "function_call_output" as const,
        call_id: id,
        output: "rain",
      }));
      const answered = await ask([...messages, ...calls, ...results]);
      assert.equal(answered.output_text, "Rain in both.");
    });
  });

  // One of chats has its bytes passed, so that nothing of it is shown here.
  if (serves === "chat_completions") continue;
  test(`OpenAI's client chats with an engine of ${serves}, calls two tools and gives their results, ${how}`, async (t) => {
    const client = await clientOf(t);
    const { type, ...called } = weather;
    const ask = async (turns: ChatTurn[]): Promise<OpenAI.Chat.ChatCompletion.Choice | undefined> => {
      const params = { model: "solo", messages: turns, tools: [{ type, function: called }] };
      const completion = isStream
        ? await client.chat.completions.stream(params).finalChatCompletion()
        : await client.chat.completions.create(params);
      return completion.choices[0];
    };
    const method = `chats with tools, ${how}`;
    await judge(t, { client: `openai, an engine of ${serves}`, method }, async () => {
      const choice = await ask([...messages]);
      assert.ok(choice);
      assert.equal(choice.finish_reason, "tool_calls");
      const calls = (choice.message.tool_calls ?? []).filter((call) => call.type === "function");
      assert.deepEqual(
        calls.map((call) => call.function.arguments),
        ['{"place":"Bonn"}', '{"place":"Köln"}'],
      );
      const results = calls.map(({ id }) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: "rain",
      }));
      const answered = await ask([...messages, choice.message, ...results]);
      assert.equal(answered?.message.content, "Rain in both.");
    });
  });
}
