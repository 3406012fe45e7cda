// A foreign engine for real: llama.cpp's own server behind a cell, asked by the official clients in every dialect that it has.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { APIError } from "openai";
import { judge } from "./support/client-verdicts.ts";
import { eventually } from "./support/demo.ts";
import { type LlamaServer, startLlamaServer } from "./support/llama-server.ts";
import { llamaServer, pythonPackagesMissing } from "./support/python-packages.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";

const skip = pythonPackagesMissing(llamaServer);
const model = "solo";
const messages = [{ role: "user" as const, content: "Which law governs?" }];

interface Behind {
  readonly cell: TestCell;
  readonly server: LlamaServer;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

async function cellBefore(t: TestContext, serves: string): Promise<Behind> {
  const server = await startLlamaServer(t);
  const policy = testPolicy.replace("engine: sim", `engine: openai-compatible, serves: [${serves}]`);
  const cell = await startTestCell(t, { policy, urls: { "fra-1": server.url } });
  const apiKey = keyOf("demo-bank");
  const openai = new OpenAI({ baseURL: `${cell.gateway.url}/v1`, apiKey, maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: cell.gateway.url, apiKey, maxRetries: 0 });
  return { cell, server, openai, anthropic };
}

type Method = readonly [name: string, run: (behind: Behind) => Promise<void>];

const methods: readonly Method[] = [
  [
    "chat.completions.create",
    async ({ openai }) => {
      const { choices, usage } = await openai.chat.completions.create({ model, messages, max_tokens: 8 });
      assert.notEqual(choices[0]?.message.content, "");
      assert.deepEqual([choices[0]?.finish_reason, usage?.completion_tokens], ["length", 8]);
    },
  ],
  [
    "chat.completions.stream",
    async ({ openai }) => {
      const asked = { model, messages, max_tokens: 8, stream: true } as const;
      let text = "";
      for await (const { choices } of await openai.chat.completions.create(asked))
        text += choices[0]?.delta.content ?? "";
      assert.notEqual(text, "");
    },
  ],
  [
    "responses.create",
    async ({ openai }) => {
      const { output_text: text, usage } = await openai.responses.create({
        model,
        input: "Which law governs?",
        max_output_tokens: 8,
      });
      assert.notEqual(text, "");
      assert.equal(usage?.output_tokens, 8);
    },
  ],
  [
    "responses.create, streamed",
    async ({ openai }) => {
      const asked = { model, input: "Which law governs?", max_output_tokens: 8, stream: true } as const;
      let text = "";
      for await (const event of await openai.responses.create(asked))
        if (event.type === "response.output_text.delta") text += event.delta;
      assert.notEqual(text, "");
    },
  ],
  [
    "messages.create",
    async ({ anthropic }) => {
      const {
        content,
        stop_reason: reason,
        usage,
      } = await anthropic.messages.create({
        model,
        messages,
        max_tokens: 8,
      });
      assert.ok(content[0]?.type === "text" && content[0].text !== "");
      assert.deepEqual([reason, usage.output_tokens], ["max_tokens", 8]);
    },
  ],
  [
    "messages.stream",
    async ({ anthropic }) => {
      const message = await anthropic.messages.stream({ model, messages, max_tokens: 8 }).finalMessage();
      assert.equal(message.stop_reason, "max_tokens");
    },
  ],
];

const own: readonly Method[] = [
  [
    "completions.create",
    async ({ openai }) => {
      const { choices, usage } = await openai.completions.create({ model, prompt: "The law", max_tokens: 8 });
      assert.notEqual(choices[0]?.text, "");
      assert.equal(usage?.completion_tokens, 8);
    },
  ],
  [
    "messages.countTokens",
    async ({ anthropic }) => {
      assert.ok((await anthropic.messages.countTokens({ model, messages })).input_tokens > 0);
    },
  ],
];

for (const { title, serves, asked } of [
  {
    title: "each in its own dialect",
    serves: "chat_completions, completions, responses, messages, count_tokens",
    asked: [...methods, ...own],
  },
  { title: "all translated into chats", serves: "chat_completions", asked: methods },
]) {
  test(`clients of llama.cpp's server, ${title}`, { skip }, async (t) => {
    const behind = await cellBefore(t, serves);
    for (const [method, run] of asked)
      await judge(t, { client: `llama.cpp's server, ${title}`, method }, () => run(behind));
    const outcomes = outcomesOf(behind.cell);
    assert.equal(outcomes.length, asked.length);
    for (const { result, attempts } of outcomes)
      assert.deepEqual(
        [result, attempts.map((attempt) => "evidence" in attempt && attempt.evidence?.grade)],
        ["complete", ["E1"]],
      );
  });
}

test(
  "what llama.cpp's server refuses is its caller's, and leaves the endpoint to the others",
  { skip },
  async (t) => {
    const { openai } = await cellBefore(t, "chat_completions");
    const picture = { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==" } };
    for (const wrong of [
      { messages, grammar: "root ::= (" },
      // It says 500 of a picture that it cannot look at.
      { messages: [{ role: "user" as const, content: [picture] }] },
    ])
      for (let count = 0; count < 4; count++)
        await assert.rejects(
          openai.chat.completions.create({ model, ...wrong }),
          (error) => error instanceof APIError && error.status === 400,
        );
    assert.ok((await openai.chat.completions.create({ model, messages, max_tokens: 2 })).choices[0]);
  },
);

test(
  "a stream of llama.cpp's server that is killed ends with an error, and on record as interrupted",
  { skip },
  async (t) => {
    const { cell, server, openai } = await cellBefore(t, "chat_completions");
    const asked = { model, messages, max_tokens: 900, stream: true } as const;
    let eventCount = 0;
    await assert.rejects(async () => {
      for await (const event of await openai.chat.completions.create(asked))
        if (event.choices.length > 0 && ++eventCount === 3) await server.kill();
    }, /broke off|interrupted/);
    await eventually(() => outcomesOf(cell).at(-1)?.result === "interrupted");
  },
);

type Outcome = Extract<TestCell["entries"][number], { readonly t: "outcome" }>;

function outcomesOf({ entries }: TestCell): readonly Outcome[] {
  return entries.flatMap((entry) => (entry.t === "outcome" ? [entry] : []));
}
