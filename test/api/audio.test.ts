// Speech and words through a cell: by OpenAI's official client, and by what such a client would not send.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { AzureOpenAI } from "openai";
import { judge } from "../support/client-verdicts.ts";
import { formText, formTextType } from "../support/form-text.ts";
import { startRawUpstream, wholeAnswer } from "../support/raw-http.ts";
import { keyHash, keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";

const model = "assistant";
const heard = /^This was a file of 10 bytes\.$/;
const file = (): File => new File(["RIFF\r\n\0abc"], "a.wav", { type: "audio/wav" });

type Method = readonly [name: string, run: (client: OpenAI) => Promise<void>];

const methods: readonly Method[] = [
  [
    "audio.transcriptions.create",
    async (client) => {
      const { text } = await client.audio.transcriptions.create({ model, file: file() });
      assert.match(text, heard);
    },
  ],
  [
    "audio.transcriptions.create, as text, SRT and VTT",
    async (client) => {
      const create = (format: "text" | "srt" | "vtt"): Promise<unknown> =>
        client.audio.transcriptions.create({ model, file: file(), response_format: format });
      assert.match(String(await create("text")), /^This was a file of 10 bytes\.\n$/);
      assert.match(String(await create("srt")), /^1\n00:00:00,000 -->/);
      assert.match(String(await create("vtt")), /^WEBVTT\n/);
    },
  ],
  [
    "audio.transcriptions.create, streamed",
    async (client) => {
      let text = "";
      let end = "";
      const asked = { model, file: file(), stream: true } as const;
      for await (const event of await client.audio.transcriptions.create({
        ...asked,
        include: ["logprobs"],
      })) {
        if (event.type === "transcript.text.delta") text += event.delta;
        if (event.type === "transcript.text.done") end = event.text;
      }
      assert.match(text, heard);
      assert.equal(end, text);
    },
  ],
  [
    "audio.translations.create",
    async (client) => {
      const { text } = await client.audio.translations.create({ model, file: file() });
      assert.match(text, heard);
    },
  ],
  [
    "audio.speech.create",
    async (client) => {
      const sound = await client.audio.speech.create({
        model,
        voice: "alloy",
        input: "hi",
        response_format: "wav",
      });
      assert.equal(sound.headers.get("content-type"), "audio/wav");
      assert.equal(await sound.text(), "SIM wav of 2 characters");
    },
  ],
  [
    "audio.speech.create, as events",
    async (client) => {
      const sound = await client.audio.speech.create({
        model,
        voice: "alloy",
        input: "hi",
        stream_format: "sse",
      });
      assert.match(await sound.text(), /^data: \{"type":"speech.audio.delta".*"type":"speech.audio.done"/s);
    },
  ],
];

test("OpenAI's client runs every method of speech, and so does the one for Azure", async (t) => {
  const cell = await startTestCell(t);
  const apiKey = keyOf("demo-bank");
  const plain = new OpenAI({ baseURL: `${cell.gateway.url}/v1`, apiKey, maxRetries: 0 });
  const azure = new AzureOpenAI({
    endpoint: cell.gateway.url,
    apiKey,
    apiVersion: "2024-10-21",
    maxRetries: 0,
  });
  for (const [method, run] of methods) {
    await judge(t, { client: "openai", method }, () => run(plain));
    await judge(t, { client: "openai, as Azure's", method }, () => run(azure));
  }
});

const sound = { name: "file", value: "RIFF", fileName: "a.wav" };
const whole = formText([sound, { name: "model", value: "solo" }]);

const bad: readonly {
  readonly title: string;
  readonly body: string;
  readonly type?: string;
  readonly status: number;
  readonly says: RegExp;
}[] = [
  {
    title: "a form that ends early",
    body: whole.slice(0, -9),
    status: 400,
    says: /is no form that is read here: /,
  },
  {
    title: "two files of one name",
    body: formText([sound, sound]),
    status: 400,
    says: /two parts have one name/,
  },
  {
    title: "another boundary than is announced",
    body: whole.replaceAll("b-9", "b-8"),
    status: 400,
    says: /begin with its boundary/,
  },
  {
    title: "JSON",
    body: "{}",
    type: "application/json",
    status: 415,
    says: /must be `multipart\/form-data`/,
  },
  {
    title: "a form without a boundary",
    body: whole,
    type: "multipart/form-data",
    status: 415,
    says: /one `boundary`/,
  },
  {
    title: "a remote file",
    body: formText([
      { name: "url", value: "https://x.example/a" },
      { name: "model", value: "solo" },
    ]),
    status: 400,
    says: /`url`/,
  },
  {
    title: "a remote file that calls itself JSON",
    body: formText([
      { name: "url", value: "https://x.example/a" },
      { name: "model", value: "solo" },
    ]).replace('"url"\r\n', '"url"\r\nContent-Type: application/json\r\n'),
    status: 400,
    says: /must be text in UTF-8/,
  },
  { title: "an unknown model", body: whole.replace("solo", "nobody"), status: 404, says: /model/ },
];
test("what is no form, or no lawful one, is refused, says why, and reaches no engine", async (t) => {
  const cell = await startTestCell(t);
  for (const { title, body, type = formTextType, status, says } of bad) {
    const answer = await transcribe(cell, body, type);
    const text = await answer.text();
    assert.equal(answer.status, status, `${title}: ${text}`);
    assert.match(text, says, title);
    assert.ok(!text.includes("RIFF"));
  }
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});

for (const { type, told } of [
  { type: "text/plain; charset=utf-8", told: "text/plain; charset=utf-8" },
  { type: "text/html", told: "application/octet-stream" },
]) {
  test(`an answer that an engine calls ${type} is told as ${told}`, async (t) => {
    const upstream = await startRawUpstream(t, (socket) => socket.write(wholeAnswer(200, "<b>hi", "", type)));
    const policy = testPolicy.replace(
      "engine: sim",
      "engine: openai-compatible, serves: [audio_transcriptions]",
    );
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const answer = await transcribe(cell, whole, formTextType);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, told]);
    assert.equal(await answer.text(), "<b>hi");
    assert.match(upstream.requests[0] ?? "", /\r\naccept: \*\/\*\r\n/);
  });
}

test("a file of speech takes its model's whole context of a limit of tokens", async (t) => {
  const limited = `metered:
    { established: DE, subjects: DE, class: personal, models: [solo], limits: { tokens-per-minute: 150 }, keys: { a: { sha256: ${keyHash("sk-metered")} } } }`;
  const policy = testPolicy
    .replace("solo: { served-by", "solo: { tokens: { context: 100, output: 40 }, served-by")
    .replace("tenants:\n", `tenants:\n  ${limited}\n`);
  const cell = await startTestCell(t, { policy });
  await cell.setFault("fra-1", "hang");
  const first = transcribe(cell, whole, formTextType, "metered");
  first.catch(() => undefined);
  while ((await cell.requestsAt("fra-1")) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await transcribe(cell, whole, formTextType, "metered");
  assert.equal(second.status, 429);
  assert.match(await second.text(), /tokens-per-minute/);
  await cell.setFault("fra-1", "none");
});

function transcribe(cell: TestCell, body: string, type: string, tenant = "demo-bank"): Promise<Response> {
  return fetch(`${cell.gateway.url}/v1/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf(tenant)}`, "content-type": type },
    body,
  });
}
