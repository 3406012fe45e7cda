// Real inference with the real llama.cpp, on models that the tests make themselves.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { asking, type TestAnswer } from "../../../test/support/asking.ts";
import { call, openTiny, rejectsWith, skip, textOf, whole } from "../../../test/support/tiny-connection.ts";
import { tinyContextLength } from "../../../test/support/tiny-gguf.ts";
import type { EndpointId } from "../../base/index.ts";
import { parseChatChunk, SseParser } from "../../wire/index.ts";
import { LlamacppConnection } from "./connection.ts";
import { ModelFileError } from "./model.ts";

const id = "local-1" as EndpointId;
const script = "Gr€ 🐘?";

test("a chat is answered whole, in OpenAI's shape", { skip }, async () => {
  const { connection } = openTiny({ seed: 1, script });
  const answer = await connection.call(call({ model: "tiny" }));
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.headers, { "content-type": "application/json" });
  const { created, ...body } = JSON.parse(await textOf(answer)) as Record<string, unknown>;
  assert.ok(Number.isInteger(created));
  assert.deepEqual(body, {
    id: "chatcmpl-r-1",
    object: "chat.completion",
    model: "tiny",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: script },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    // G r E2 82 AC space F0 9F 90 98 ?; the end of the turn is not one of them.
    usage: {
      prompt_tokens: 32,
      completion_tokens: 11,
      total_tokens: 43,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  });
});

test("a chat is streamed in OpenAI's shape, and no character is torn", { skip }, async () => {
  const { connection } = openTiny({ seed: 1, script });
  const answer = await connection.call(call({ stream_options: { include_usage: true } }, { isStream: true }));
  assert.deepEqual(answer.headers, { "content-type": "text/event-stream" });
  const events = await eventsOf(answer);
  assert.equal(events.at(-1), "[DONE]");
  const chunks = events.slice(0, -1).map((data) => {
    assert.equal(parseChatChunk(data).kind, "answer");
    return JSON.parse(data) as Chunk;
  });
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.delta.content ?? null),
    ["", "G", "r", "€", " ", "🐘", "?", null, null],
  );
  assert.equal(chunks.at(-2)?.choices[0]?.finish_reason, "stop");
  assert.equal(chunks.at(-1)?.usage?.completion_tokens, 11);
});

const limits: readonly { title: string; members: object; content: string; reason: string }[] = [
  { title: "max_tokens ends an answer", members: { max_tokens: 2 }, content: "Gr", reason: "length" },
  {
    title: "max_completion_tokens counts before it",
    members: { max_completion_tokens: 1, max_tokens: 9 },
    content: "G",
    reason: "length",
  },
  {
    title: "a character that max_tokens cuts is not passed over",
    members: { max_tokens: 3 },
    content: "Gr\uFFFD",
    reason: "length",
  },
  { title: "a stop text ends an answer before it", members: { stop: ["€"] }, content: "Gr", reason: "stop" },
  { title: "a stop text may span tokens", members: { stop: ["x", "r€ "] }, content: "G", reason: "stop" },
  {
    title: "a beginning of a stop text that stays one is given out",
    members: { stop: "?!" },
    content: script,
    reason: "stop",
  },
];
for (const { title, members, content, reason } of limits) {
  test(title, { skip }, async () => {
    const { connection } = openTiny({ seed: 1, script });
    const { choices } = await whole(connection, members);
    assert.deepEqual([choices[0]?.message.content, choices[0]?.finish_reason], [content, reason]);
  });
}

test(
  "temperature 0, or the same seed, gives the same answer again; another seed gives another",
  { skip },
  async () => {
    const { connection } = openTiny({ seed: 2 });
    const say = async (members: object) =>
      (await whole(connection, { max_tokens: 32, ...members })).choices[0]?.message.content;
    assert.equal(await say({ temperature: 0 }), await say({ temperature: 0, seed: 5 }));
    const seeded = await say({ temperature: 1.5, seed: 7 });
    assert.equal(await say({ temperature: 1.5, seed: 7 }), seeded);
    assert.notEqual(await say({ temperature: 1.5, seed: 8 }), seeded);
  },
);

test(
  "more requests at once than slots are all answered, from one model that is loaded once",
  { skip },
  async () => {
    const { connection, seen } = openTiny({ seed: 1, script });
    const answers = await Promise.all(Array.from({ length: 12 }, () => whole(connection, {})));
    for (const { choices } of answers) assert.equal(choices[0]?.message.content, script);
    assert.equal(seen.models, 1);
  },
);

test("a caller who leaves a stream stops the generation there", { skip }, async () => {
  const { connection, seen } = openTiny({ seed: 2 });
  const leaving = new AbortController();
  const answer = await connection.call(call({}, { isStream: true, signal: leaving.signal }));
  const chunks: Uint8Array[] = [];
  await rejectsWith("aborted", async () => {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      if (chunks.length === 5) leaving.abort();
    }
  });
  await connection.close();
  assert.ok(seen.tokens <= 5, `${seen.tokens} tokens for ${chunks.length} chunks`);
});

test("a caller who leaves a whole answer stops the generation there", { skip }, async () => {
  const leaving = new AbortController();
  const { connection, seen } = openTiny({ seed: 2 }, (tokens) => tokens === 5 && leaving.abort());
  await rejectsWith("aborted", () => connection.call(call({}, { signal: leaving.signal })));
  await connection.close();
  assert.equal(seen.tokens, 5);
});

test("a caller who leaves while the prompt is read is not answered", { skip }, async () => {
  const leaving = new AbortController();
  const { connection, seen } = openTiny(
    { seed: 2 },
    () => undefined,
    () => leaving.abort(),
  );
  const long = { messages: [{ role: "user", content: "law ".repeat(300) }] };
  await rejectsWith("aborted", () => connection.call(call(long, { signal: leaving.signal })));
  await connection.close();
  assert.deepEqual([seen.promptBlocks, seen.tokens], [1, 0]);
});

test("an answer that is left, unread or aborted gives its slot back", { skip }, async () => {
  const { connection } = openTiny({ seed: 2 });
  for (let round = 0; round < 6; round += 1) {
    const left = await connection.call(call({}, { isStream: true }));
    for await (const chunk of left.body) {
      assert.ok(chunk.length > 0);
      break;
    }
    const neverRead = new AbortController();
    await connection.call(call({}, { isStream: true, signal: neverRead.signal }));
    neverRead.abort();
    const returned = await connection.call(call({}, { isStream: true }));
    await returned.body[Symbol.asyncIterator]().return?.();
  }
  assert.equal((await whole(connection, { max_tokens: 1 })).usage.completion_tokens, 1);
});

test("an answer is computed no faster than it is read", { skip }, async () => {
  const { connection, seen } = openTiny({ seed: 2 });
  const unread = await connection.call(call({}, { isStream: true }));
  await whole(connection, { max_tokens: 50 });
  assert.equal(seen.tokens, 51);
  await unread.body[Symbol.asyncIterator]().return?.();
});

test("what one caller asked is not in the slot of the next", { skip }, async () => {
  const { connection, seen } = openTiny({ seed: 2 });
  const [first, second] = [
    await whole(connection, { max_tokens: 1 }),
    await whole(connection, { max_tokens: 1 }),
  ];
  assert.equal(second.usage.prompt_tokens_details.cached_tokens, 0);
  assert.equal(seen.promptTokens, first.usage.prompt_tokens + second.usage.prompt_tokens);
});

test("a prompt that fills the context is refused, one that nearly does gets the rest", { skip }, async () => {
  const { connection } = openTiny({ seed: 2 });
  const full = { messages: [{ role: "user", content: "x".repeat(tinyContextLength) }] };
  const refusal = await connection.call(call(full));
  assert.equal(refusal.status, 400);
  assert.match(await textOf(refusal), /"code":"context_length_exceeded"/);
  const nearly = { messages: [{ role: "user", content: "x".repeat(tinyContextLength - 40) }] };
  const { choices, usage } = await whole(connection, nearly);
  assert.equal(choices[0]?.finish_reason, "length");
  assert.equal(usage.total_tokens, tinyContextLength);
});

test("a request that this engine does not take is a 400 that names the member", { skip }, async () => {
  const { connection } = openTiny({ seed: 2 });
  const answer = await connection.call(call({ tools: [{ type: "function" }] }));
  assert.equal(answer.status, 400);
  assert.deepEqual(JSON.parse(await textOf(answer)), {
    error: {
      message: "`tools` has a value that this engine does not take",
      type: "invalid_request_error",
      param: "tools",
      code: null,
    },
  });
});

test("a generation that stalls breaks its stream off", { skip }, async () => {
  const stall = Promise.withResolvers<void>();
  const { connection } = openTiny({ seed: 2 }, (tokens) => tokens === 3 && stall.promise);
  const answer = await connection.call(call({}, { isStream: true, idleTimeoutMs: 200 }));
  await rejectsWith("stalled", () => textOf(answer));
  stall.resolve();
});

test(
  "a model that cannot be loaded is a typed error, and is tried again by the next call",
  { skip },
  async () => {
    const { connection, file } = openTiny({ seed: 1, script });
    const bytes = readFileSync(file);
    rmSync(file);
    const error = await rejectsWith("unreachable", () => connection.call(call({})));
    assert.deepEqual(error.cause, new ModelFileError(file));
    assert.equal(await connection.probe(new AbortController().signal), false);
    writeFileSync(file, bytes);
    assert.equal((await whole(connection, {})).choices[0]?.message.content, script);
  },
);

test("a model that is not loaded in time is a headers timeout, and no answer to a probe", async () => {
  const hanging = asking(new LlamacppConnection(id, () => new Promise(() => undefined)));
  await rejectsWith("headers_timeout", () => hanging.call(call({}, { headersTimeoutMs: 1 })));
  assert.equal(await hanging.probe(AbortSignal.abort()), false);
});

test("a call that is aborted already, or comes after the close, loads nothing", async () => {
  let loads = 0;
  const connection = asking(
    new LlamacppConnection(id, () => {
      loads += 1;
      return new Promise(() => undefined);
    }),
  );
  await rejectsWith("aborted", () => connection.call(call({}, { signal: AbortSignal.abort() })));
  await connection.close();
  await rejectsWith("aborted", () => connection.call(call({})));
  assert.equal(await connection.probe(new AbortController().signal), false);
  assert.equal(loads, 0);
});

interface Chunk {
  readonly choices: readonly {
    readonly delta: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

async function eventsOf(answer: TestAnswer): Promise<string[]> {
  const events = new SseParser(65_536).push(Buffer.from(await textOf(answer)));
  assert.ok(events.ok);
  return events.value.map(({ data }) => data);
}
