import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { monotonicNow } from "../../clock/index.ts";
import { OpenAI } from "openai";
import type { Place } from "../../base/index.ts";
import { whenIdle } from "../../../test/support/simulated-subject.ts";
import { parseChatChunk, SseParser } from "../../wire/index.ts";
import type { Fault } from "./fault.ts";
import { startSimulatedEngine } from "./server.ts";
import { instantTiming } from "./timing.ts";

const question = { role: "user" as const, content: "Which law governs? ".repeat(20) };

test("OpenAI's client gets the same answer whole and streamed, and the same again", async (t) => {
  const client = clientOf(await start(t));
  const request = { model: "llama", messages: [question] };
  const whole = await client.chat.completions.create(request);
  const text = whole.choices[0]?.message.content;
  assert.match(text ?? "", /^This is fra-1, a simulated engine in DE\./);
  assert.equal(whole.choices[0]?.finish_reason, "stop");
  for (let round = 0; round < 2; round++) {
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? "";
    }
    assert.equal(streamed, text);
  }
});

test("usage counts what was cached, in the stream only when it is asked for", async (t) => {
  const client = clientOf(await start(t));
  const request = { model: "llama", messages: [question], max_tokens: 4 };
  const first = (await client.chat.completions.create(request)).usage;
  assert.equal(first?.completion_tokens, 4);
  assert.equal(first?.prompt_tokens_details?.cached_tokens, 0);
  const plain = await usagesOf(client.chat.completions.create({ ...request, stream: true }));
  assert.deepEqual(plain, []);
  const [second] = await usagesOf(
    client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } }),
  );
  assert.equal(second?.prompt_tokens, first?.prompt_tokens);
  const cached = second?.prompt_tokens_details?.cached_tokens ?? 0;
  assert.ok(cached > 0 && cached % 16 === 0 && cached < (first?.prompt_tokens ?? 0));
});

const limits = [
  { title: "max_tokens", members: { max_tokens: 3 }, tokens: 3, reason: "length" },
  {
    title: "its newer name",
    members: { max_completion_tokens: 2, max_tokens: 9 },
    tokens: 2,
    reason: "length",
  },
  {
    title: "ignore_eos, until max_tokens",
    members: { max_tokens: 500, ignore_eos: true },
    tokens: 500,
    reason: "length",
  },
  { title: "a word to stop at", members: { stop: [" simulated", " fra-1"] }, tokens: 2, reason: "stop" },
  { title: "a word to stop at once", members: { stop: "This" }, tokens: 0, reason: "stop" },
];

for (const { title, members, tokens, reason } of limits) {
  test(`the answer's length obeys ${title}`, async (t) => {
    const engine = await start(t);
    const body = await completionOf(post(engine, members));
    assert.equal(body.usage?.completion_tokens, tokens);
    assert.equal(body.choices[0]?.finish_reason, reason);
    const streamed = await streamOf(await post(engine, { ...members, stream: true }));
    assert.match(streamed.at(-2) ?? "", new RegExp(`"finish_reason":"${reason}"`));
  });
}

test("an answer is at least as long as min_tokens wants it", async (t) => {
  const body = await completionOf(post(await start(t), { min_tokens: 300 }));
  assert.ok((body.usage?.completion_tokens ?? 0) >= 300);
});

const refusals = [
  { title: "another model", members: { model: "gpt" }, status: 404, type: "NotFoundError", param: "model" },
  {
    title: "no messages",
    members: { messages: [] },
    status: 400,
    type: "BadRequestError",
    param: "messages",
  },
  { title: "two answers at once", members: { n: 2 }, status: 400, type: "BadRequestError", param: "n" },
  {
    title: "no tokens",
    members: { max_tokens: 0 },
    status: 400,
    type: "BadRequestError",
    param: "max_tokens",
  },
  {
    title: "a stop that is a number",
    members: { stop: 1 },
    status: 400,
    type: "BadRequestError",
    param: "stop",
  },
];

for (const { title, members, status, type, param } of refusals) {
  test(`a request for ${title} is refused as vLLM refuses it`, async (t) => {
    const response = await post(await start(t), members);
    assert.equal(response.status, status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    assert.deepEqual(
      { type: error["type"], param: error["param"], code: error["code"] },
      { type, param, code: status },
    );
  });
}

test("a prompt beyond the context of the model is refused before it is cut into tokens", async (t) => {
  const engine = await start(t);
  const response = await fetch(`${engine}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "llama", messages: [{ role: "user", content: "x".repeat(2_000_000) }] }),
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /maximum context length/);
});

test("text that is no JSON is refused", async (t) => {
  const engine = await start(t);
  const response = await fetch(`${engine}/v1/chat/completions`, { method: "POST", body: "{" });
  assert.equal(response.status, 400);
});

test("models, health and metrics answer under vLLM's names", async (t) => {
  const engine = await start(t);
  assert.deepEqual(
    (await clientOf(engine).models.list()).data.map(({ id }) => id),
    ["llama"],
  );
  assert.equal((await fetch(`${engine}/health`)).status, 200);
  assert.equal((await fetch(`${engine}/v1/score`, { method: "POST" })).status, 404);
  await (await post(engine, { max_tokens: 5 })).text();
  const metrics = await (await fetch(`${engine}/metrics`)).text();
  const names = new Set(Array.from(metrics.matchAll(/^(vllm:\w+)\{/gm), ([, name]) => name));
  for (const name of expectedMetrics) assert.ok(names.has(name), name);
  assert.match(metrics, /^vllm:generation_tokens_total\{engine="0",model_name="llama"\} 5$/m);
  assert.match(metrics, /^vllm:time_to_first_token_seconds_bucket\{.*le="\+Inf"\} 1$/m);
});

test("statistics count every inference request that came, whatever became of it", async (t) => {
  const engine = await start(t);
  await (await post(engine, {})).text();
  await (await post(engine, { model: "gpt" })).text();
  await setFault(engine, { mode: "down", after: null });
  await assert.rejects(post(engine, {}));
  await assert.rejects(fetch(`${engine}/health`));
  const { requests, promptTokens, cachedTokens } = await statsOf(engine);
  assert.deepEqual({ requests, cachedTokens }, { requests: 3, cachedTokens: 0 });
  assert.ok(promptTokens > 0);
});

test("a client that leaves frees the engine, in the queue, in prefill and while decoding", async (t) => {
  const engine = await start(t, {
    prefillBaseMs: 20,
    prefillTokensPerSecond: 1_000_000,
    decodeMsPerToken: 1,
  });
  const callers = Array.from({ length: 6 }, () => new AbortController());
  const firstChunks = callers.map(async ({ signal }) => {
    const response = await post(engine, { stream: true, max_tokens: 100_000, ignore_eos: true }, signal);
    await response.body?.getReader().read();
  });
  await Promise.any(firstChunks);
  for (const caller of callers) caller.abort();
  await Promise.allSettled(firstChunks);
  await whenIdle(engine);
});

test("down: connections are reset, but for the control", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "down", after: 1 });
  assert.equal((await post(engine, {})).status, 200);
  await assert.rejects(post(engine, {}));
  await assert.rejects(fetch(`${engine}/v1/models`));
  await setFault(engine, { mode: "none", after: null });
  assert.equal((await post(engine, {})).status, 200);
});

test("refuse: 503 with Retry-After, while health stays", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "refuse", after: null });
  const response = await post(engine, {});
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  assert.equal((await fetch(`${engine}/health`)).status, 200);
});

test("wrong-region: the answer is sound and states a foreign place", async (t) => {
  const engine = await start(t);
  assert.equal((await post(engine, {})).headers.get("x-sim-place"), "DE");
  await setFault(engine, { mode: "wrong-region", after: null });
  const response = await post(engine, {});
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("x-sim-place"), "US");
});

test("slow: the answer is sound", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "slow", after: null });
  assert.equal((await completionOf(post(engine, { max_tokens: 2 }))).usage?.completion_tokens, 2);
});

for (const { after, chunks } of [
  { after: 0, chunks: 0 },
  { after: 3, chunks: 3 },
  { after: null, chunks: 4 },
]) {
  test(`cut after ${after}: ${chunks} of 9 chunks come, then the connection ends`, async (t) => {
    const engine = await start(t);
    await setFault(engine, { mode: "cut", after });
    const response = await post(engine, { stream: true, max_tokens: 8 });
    assert.equal(response.status, 200);
    const { text, broke } = await readAll(response);
    assert.equal(eventsOf(text).length, chunks);
    assert.equal(broke, true);
  });
}

test("cut: half of a whole answer comes, then the connection ends", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "cut", after: null });
  const response = await post(engine, {});
  const { text, broke } = await readAll(response);
  assert.ok(broke && text.length > 0 && text.length < Number(response.headers.get("content-length")));
});

test("error: 500 at once, or an error after so many chunks, closed by [DONE] as vLLM closes it", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "error", after: null });
  assert.equal((await post(engine, { stream: true })).status, 500);
  await setFault(engine, { mode: "error", after: 2 });
  assert.equal((await post(engine, {})).status, 500);
  const kinds = (await streamOf(await post(engine, { stream: true }))).map(
    (data) => parseChatChunk(data).kind,
  );
  assert.deepEqual(kinds, ["answer", "answer", "error", "done"]);
});

test("hang: nothing comes, or nothing more after so many chunks, until the client leaves", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "hang", after: 2 });
  const caller = new AbortController();
  const parser = new SseParser(10_000);
  let seen = 0;
  await assert.rejects(async () => {
    const response = await post(engine, { stream: true }, caller.signal);
    for await (const bytes of response.body ?? []) {
      const events = parser.push(bytes);
      seen += events.ok ? events.value.length : 0;
      if (seen === 2) caller.abort();
    }
  });
  assert.equal(seen, 2);
  await setFault(engine, { mode: "hang", after: null });
  await assert.rejects(post(engine, {}, AbortSignal.timeout(30)));
  await whenIdle(engine);
});

test("a fault that does not exist is refused, and the present one stays", async (t) => {
  const engine = await start(t);
  await setFault(engine, { mode: "refuse", after: null });
  const response = await fetch(`${engine}/sim/fault`, { method: "POST", body: '{"mode":"melt"}' });
  assert.equal(response.status, 400);
  assert.equal((await post(engine, {})).status, 503);
});

test("closing breaks what is under way", async (t) => {
  const engine = await startSimulatedEngine({
    name: "e",
    port: 0,
    model: "llama",
    place: "DE" as Place,
    monotonicNow,
  });
  t.after(() => engine.close());
  await setFault(engine.url, { mode: "hang", after: null });
  const answer = post(engine.url, {});
  const broken = assert.rejects(answer);
  while ((await statsOf(engine.url)).requests === 0) continue;
  await engine.close();
  await broken;
});

const expectedMetrics = [
  "vllm:num_requests_running",
  "vllm:num_requests_waiting",
  "vllm:kv_cache_usage_perc",
  "vllm:prompt_tokens_total",
  "vllm:generation_tokens_total",
  "vllm:prefix_cache_queries_total",
  "vllm:prefix_cache_hits_total",
  "vllm:time_to_first_token_seconds_bucket",
  "vllm:e2e_request_latency_seconds_count",
  "vllm:cache_config_info",
];

async function start(t: TestContext, timing = instantTiming): Promise<string> {
  const engine = await startSimulatedEngine({
    name: "fra-1",
    port: 0,
    model: "llama",
    place: "DE" as Place,
    timing,
    monotonicNow,
  });
  t.after(() => engine.close());
  return engine.url;
}

function clientOf(engine: string): OpenAI {
  return new OpenAI({ baseURL: `${engine}/v1`, apiKey: "none", maxRetries: 0 });
}

function post(engine: string, members: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${engine}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "llama", messages: [question], ...members }),
    ...(signal && { signal }),
  });
}

async function completionOf(response: Promise<Response>): Promise<OpenAI.ChatCompletion> {
  return (await (await response).json()) as OpenAI.ChatCompletion;
}

async function statsOf(
  engine: string,
): Promise<Record<"requests" | "promptTokens" | "cachedTokens", number>> {
  const response = await fetch(`${engine}/sim/stats`);
  return (await response.json()) as Record<"requests" | "promptTokens" | "cachedTokens", number>;
}

async function setFault(engine: string, fault: Fault): Promise<void> {
  const response = await fetch(`${engine}/sim/fault`, { method: "POST", body: JSON.stringify(fault) });
  assert.deepEqual(await response.json(), fault);
}

async function usagesOf(
  request: Promise<AsyncIterable<OpenAI.ChatCompletionChunk>>,
): Promise<OpenAI.CompletionUsage[]> {
  const usages: OpenAI.CompletionUsage[] = [];
  for await (const { usage } of await request) if (usage) usages.push(usage);
  return usages;
}

async function streamOf(response: Response): Promise<string[]> {
  return eventsOf(await response.text());
}

function eventsOf(text: string): string[] {
  const events = new SseParser(10_000).push(Buffer.from(text));
  assert.ok(events.ok);
  return events.value.map(({ data }) => data);
}

async function readAll(response: Response): Promise<{ text: string; broke: boolean }> {
  let text = "";
  try {
    for await (const bytes of response.body ?? []) text += Buffer.from(bytes).toString();
    return { text, broke: false };
  } catch {
    return { text, broke: true };
  }
}
