// Another gateway as an engine, for real: LiteLLM's proxy behind a cell, before a server of OpenAI's dialect. It is the one that
// the benchmark measures beside ours, and too large to be installed by the suite.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import OpenAI from "openai";
import { litellm } from "../bench/peers/gateways.ts";
import { benchKey } from "../bench/peers/peer.ts";
import { judge } from "./support/client-verdicts.ts";
import { startOpenAiEngine, tooLong, vector } from "./support/openai-engine.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";

const missing = litellm.whyMissing();
const skip = missing === null ? undefined : `LiteLLM's proxy: ${missing}`;
const model = "solo";
const messages = [{ role: "user" as const, content: "Which law governs?" }];
const tools = [
  {
    type: "function" as const,
    function: { name: "weather", parameters: { type: "object", properties: {} } },
  },
];

interface Behind {
  readonly cell: TestCell;
  readonly client: OpenAI;
}

/** One takes a minute to start. */
async function startLiteLlm(t: TestContext): Promise<string> {
  const engine = { name: "engine", port: await startOpenAiEngine(t), headers: {}, processId: process.pid };
  const proxy = await litellm.start({ ...engine, stop: () => Promise.resolve() });
  t.after(() => proxy.stop());
  const url = `http://127.0.0.1:${proxy.port}`;
  // It takes connections before it is ready.
  for (let tries = 0; tries < 600; tries++) {
    const ready = await fetch(`${url}/health/readiness`).catch(() => null);
    if (ready?.ok === true) return url;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("LiteLLM's proxy does not become ready");
}

async function cellBefore(t: TestContext, url: string, key: string): Promise<Behind> {
  const policy = testPolicy.replace("engine: sim", 'engine: openai-compatible, key: "${env:PROXY_KEY}"');
  const cell = await startTestCell(t, { policy, urls: { "fra-1": url }, apiKeys: { "fra-1": key } });
  const baseURL = `${cell.gateway.url}/v1`;
  return { cell, client: new OpenAI({ baseURL, apiKey: keyOf("demo-bank"), maxRetries: 0 }) };
}

type Method = readonly [name: string, run: (behind: Behind) => Promise<void>];

const methods: readonly Method[] = [
  [
    "chat.completions.create",
    async ({ client }) => {
      const { choices, usage } = await client.chat.completions.create({ model, messages });
      assert.deepEqual(
        [choices[0]?.message.content, choices[0]?.finish_reason, usage?.completion_tokens],
        ["The law of the place.", "stop", 2],
      );
    },
  ],
  [
    "chat.completions.create, streamed",
    async ({ client }) => {
      let text = "";
      for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true }))
        text += choices[0]?.delta.content ?? "";
      assert.equal(text, "The law of the place.");
    },
  ],
  [
    "tools",
    async ({ client }) => {
      const { choices } = await client.chat.completions.create({ model, messages, tools });
      const [call] = choices[0]?.message.tool_calls ?? [];
      assert.ok(call?.type === "function");
      assert.deepEqual(
        [call.function.name, JSON.parse(call.function.arguments)],
        ["weather", { place: "Bonn" }],
      );
    },
  ],
  [
    "tools, streamed",
    async ({ client }) => {
      const { choices } = await client.chat.completions
        .stream({ model, messages, tools })
        .finalChatCompletion();
      const [call] = choices[0]?.message.tool_calls ?? [];
      assert.ok(call?.type === "function");
      assert.deepEqual([call.function.name, choices[0]?.finish_reason], ["weather", "tool_calls"]);
    },
  ],
  [
    "embeddings.create, as the client asks by itself",
    async ({ client }) => {
      const { data, usage } = await client.embeddings.create({ model, input: "hi" });
      assert.deepEqual([data[0]?.embedding, usage.prompt_tokens], [vector, 3]);
    },
  ],
  [
    "embeddings.create, in numbers",
    async ({ client }) => {
      const { data } = await client.embeddings.create({ model, input: "hi", encoding_format: "float" });
      assert.deepEqual(data[0]?.embedding, vector);
    },
  ],
];

test("a cell before LiteLLM's proxy", { skip }, async (t) => {
  const url = await startLiteLlm(t);
  const behind = await cellBefore(t, url, benchKey);
  for (const [method, run] of methods)
    await judge(t, { client: "LiteLLM's proxy", method }, () => run(behind));
  for (const { result, attempts } of outcomesOf(behind.cell))
    assert.deepEqual(
      [result, attempts.map((attempt) => "evidence" in attempt && attempt.evidence?.grade)],
      ["complete", ["E1"]],
    );
  assert.equal(outcomesOf(behind.cell).length, methods.length);

  await t.test(
    "what the engine behind it refuses is the caller's, and leaves the endpoint to the others",
    async () => {
      const long = [{ role: "user" as const, content: tooLong }];
      for (let count = 0; count < 4; count++)
        await assert.rejects(behind.client.chat.completions.create({ model, messages: long }), {
          status: 400,
        });
      assert.ok((await behind.client.chat.completions.create({ model, messages })).choices[0]);
    },
  );

  await t.test("a key that it does not know is ours to mend, and no fault of the caller's", async (t) => {
    const { client, cell } = await cellBefore(t, url, "sk-nobody");
    await assert.rejects(client.chat.completions.create({ model, messages }), { status: 502 });
    assert.equal(JSON.stringify(outcomesOf(cell)).includes("sk-nobody"), false);
  });
});

type Outcome = Extract<TestCell["entries"][number], { readonly t: "outcome" }>;

function outcomesOf({ entries }: TestCell): readonly Outcome[] {
  return entries.flatMap((entry) => (entry.t === "outcome" ? [entry] : []));
}
