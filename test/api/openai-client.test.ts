// OpenAI's official client against a cell, with nothing changed but the base URL: every method that the surface claims.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { judge } from "../support/client-verdicts.ts";
import { keyOf, startTestCell } from "../support/test-cell.ts";

const messages = [{ role: "user" as const, content: "Which law governs?" }];
const model = "assistant";
const engineSays = /simulated engine in DE/;

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

test("OpenAI's client runs every method", async (t) => {
  const cell = await startTestCell(t);
  const baseURL = `${cell.gateway.url}/v1`;
  const client = new OpenAI({ baseURL, apiKey: keyOf("demo-bank"), maxRetries: 0 });
  for (const [method, run] of openAiMethods) await judge(t, { client: "openai", method }, () => run(client));
});
