// Anthropic's official client against a cell, with nothing changed but the base URL: on an engine that speaks its dialect, and
// on one that is translated for.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic, { NotFoundError } from "@anthropic-ai/sdk";
import { judge } from "../support/client-verdicts.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";
import { startWeatherEngine } from "../support/weather-engine.ts";

const messages = [{ role: "user" as const, content: "Which law governs?" }];
const model = "assistant";
const engineSays = /simulated engine in DE/;

const question = { model, max_tokens: 200, messages };

type MessageMethod = readonly [name: string, run: (client: Anthropic) => Promise<void>];

const messageMethods: readonly MessageMethod[] = [
  [
    "messages.create",
    async (client) => {
      const { content, stop_reason: reason, usage } = await client.messages.create(question);
      assert.match(content[0]?.type === "text" ? content[0].text : "", engineSays);
      assert.deepEqual([reason, usage.output_tokens > 0, usage.input_tokens > 0], ["end_turn", true, true]);
    },
  ],
  [
    "messages.create, streamed",
    async (client) => {
      let text = "";
      for await (const event of await client.messages.create({ ...question, stream: true }))
        if (event.type === "content_block_delta" && event.delta.type === "text_delta")
          text += event.delta.text;
      assert.match(text, engineSays);
    },
  ],
  [
    "messages.stream, to its final message",
    async (client) => {
      const message = await client.messages.stream(question).finalMessage();
      assert.match(message.content[0]?.type === "text" ? message.content[0].text : "", engineSays);
      assert.ok(message.usage.output_tokens > 0);
    },
  ],
  [
    "an error, typed",
    async (client) => {
      await assert.rejects(client.messages.create({ ...question, model: "none" }), NotFoundError);
    },
  ],
  [
    "models.list",
    async (client) => {
      const ids: string[] = [];
      for await (const { id } of client.models.list()) ids.push(id);
      assert.deepEqual(ids, ["assistant", "solo"]);
    },
  ],
  ["models.retrieve", async (client) => assert.equal((await client.models.retrieve(model)).type, "model")],
];

const countMethod: MessageMethod = [
  "messages.countTokens",
  async (client) => {
    const { input_tokens: count } = await client.messages.countTokens({ model, messages });
    assert.ok(count > 0);
  },
];

for (const { engine, serves, methods } of [
  { engine: "an engine of its dialect", serves: "", methods: [...messageMethods, countMethod] },
  { engine: "an engine of chats", serves: "serves: [chat_completions],", methods: messageMethods },
]) {
  test(`Anthropic's client runs every method on ${engine}`, async (t) => {
    const cell = await startTestCell(t, {
      policy: testPolicy.replaceAll("engine: sim,", `engine: sim, ${serves}`),
    });
    for (const auth of [{ apiKey: keyOf("demo-bank") }, { apiKey: null, authToken: keyOf("demo-bank") }]) {
      const client = new Anthropic({ ...auth, baseURL: cell.gateway.url, maxRetries: 0 });
      const way = auth.apiKey === null ? "bearer" : "x-api-key";
      for (const [method, run] of methods)
        await judge(t, { client: `anthropic (${way}), ${engine}`, method }, () => run(client));
    }
  });
}

const weather = {
  name: "weather",
  description: "of a place",
  input_schema: { type: "object" as const, properties: { place: { type: "string" } } },
};

for (const isStream of [false, true]) {
  test(`Anthropic's client calls two tools of an engine of chats and gives their results, ${isStream ? "streamed" : "whole"}`, async (t) => {
    const upstream = await startWeatherEngine(t, isStream);
    const policy = testPolicy.replace(
      "engine: sim,",
      "engine: openai-compatible, serves: [chat_completions],",
    );
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const client = new Anthropic({ apiKey: keyOf("demo-bank"), baseURL: cell.gateway.url, maxRetries: 0 });
    const ask = (turns: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
      const params = { model: "solo", max_tokens: 100, messages: turns, tools: [weather] };
      return isStream ? client.messages.stream(params).finalMessage() : client.messages.create(params);
    };
    const turns: Anthropic.MessageParam[] = [...messages];
    await judge(
      t,
      { client: "anthropic, an engine of chats", method: `tools, ${isStream ? "streamed" : "whole"}` },
      async () => {
        const called = await ask(turns);
        assert.equal(called.stop_reason, "tool_use");
        const uses = called.content.filter((block) => block.type === "tool_use");
        assert.deepEqual(
          uses.map(({ name, input }) => ({ name, input })),
          [
            { name: "weather", input: { place: "Bonn" } },
            { name: "weather", input: { place: "Köln" } },
          ],
        );
        const results = uses.map(({ id }) => ({
          type: "tool_result" as const,
          tool_use_id: id,
          content: "rain",
        }));
        const answered = await ask([
          ...turns,
          { role: "assistant", content: called.content },
          { role: "user", content: results },
        ]);
        assert.equal(answered.content[0]?.type === "text" && answered.content[0].text, "Rain in both.");
      },
    );
  });
}
