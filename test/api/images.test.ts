// Pictures through a cell, by OpenAI's official client.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { AzureOpenAI } from "openai";
import { judge } from "../support/client-verdicts.ts";
import { startRawUpstream, wholeAnswer } from "../support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";

const model = "assistant";
const prompt = "a cat";
const file = (): File => new File(["PNG\r\n\0abcd"], "a.png", { type: "image/png" });

type Method = readonly [name: string, run: (client: OpenAI) => Promise<void>];

const methods: readonly Method[] = [
  [
    "images.generate",
    async (client) => {
      const { data, usage } = await client.images.generate({ model, prompt, n: 2 });
      assert.deepEqual((data ?? []).map(pictureOf), Array(2).fill("SIM picture of 5 characters and 0 bytes"));
      assert.equal(usage?.output_tokens, 2);
    },
  ],
  [
    "images.generate, streamed",
    async (client) => {
      const types: string[] = [];
      const events = await client.images.generate({ model, prompt, stream: true, partial_images: 1 });
      for await (const event of events) types.push(event.type);
      assert.deepEqual(types, ["image_generation.partial_image", "image_generation.completed"]);
    },
  ],
  [
    "images.edit",
    async (client) => {
      const { data } = await client.images.edit({ model, prompt, image: [file(), file()] });
      assert.deepEqual((data ?? []).map(pictureOf), ["SIM picture of 5 characters and 10 bytes"]);
    },
  ],
  [
    "images.edit, streamed",
    async (client) => {
      let last = "";
      for await (const event of await client.images.edit({ model, prompt, image: file(), stream: true }))
        last = event.type;
      assert.equal(last, "image_edit.completed");
    },
  ],
];

/** Azure has no path for it. */
const variation: Method = [
  "images.createVariation",
  async (client) => {
    const { data } = await client.images.createVariation({ model, image: file() });
    assert.deepEqual((data ?? []).map(pictureOf), ["SIM picture of 0 characters and 10 bytes"]);
  },
];

function pictureOf({ b64_json: picture }: OpenAI.Image): string {
  return Buffer.from(picture ?? "", "base64").toString();
}

test("OpenAI's client runs every method of pictures, and so does the one for Azure", async (t) => {
  const cell = await startTestCell(t);
  const apiKey = keyOf("demo-bank");
  const plain = new OpenAI({ baseURL: `${cell.gateway.url}/v1`, apiKey, maxRetries: 0 });
  const azure = new AzureOpenAI({
    endpoint: cell.gateway.url,
    apiKey,
    apiVersion: "2025-04-01-preview",
    maxRetries: 0,
  });
  for (const [method, run] of [...methods, variation])
    await judge(t, { client: "openai", method }, () => run(plain));
  for (const [method, run] of methods)
    await judge(t, { client: "openai, as Azure's", method }, () => run(azure));
});

for (const isStream of [false, true]) {
  test(`an engine that keeps a picture of who did not ask for that is asked once, and its caller is told: ${isStream ? "streamed" : "whole"}`, async (t) => {
    let requestCount = 0;
    const address = { url: "https://pictures.example/a.png" };
    const usage = { input_tokens: 3, output_tokens: 7 };
    const event = `data: ${JSON.stringify({ type: "image_generation.completed", ...address, usage })}\n\n`;
    const upstream = await startRawUpstream(t, (socket) => {
      requestCount++;
      if (isStream) socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${event}`);
      else socket.write(wholeAnswer(200, JSON.stringify({ created: 1, data: [address], usage })));
    });
    const policy = testPolicy.replaceAll(
      "engine: sim",
      "engine: openai-compatible, serves: [image_generations]",
    );
    const urls = { "fra-1": upstream.url, "fra-2": upstream.url, "fra-3": upstream.url };
    const cell = await startTestCell(t, { policy, urls });
    const answer = await generate(cell, { stream: isStream });
    const { error } = (await answer.json()) as { readonly error: Readonly<Record<string, string>> };
    assert.deepEqual(
      [answer.status, error["type"], error["param"]],
      [400, "provider_rejected", "response_format"],
    );
    assert.equal(requestCount, 1);
    const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
    assert.match(JSON.stringify(outcome), /"failure":"rejected".*"output":7/);
  });
}

test("an address in the place of a picture is refused, and so is the wish for one", async (t) => {
  const cell = await startTestCell(t);
  for (const { members, param } of [
    { members: { image: ["https://pictures.example/a.png"] }, param: "image[0]" },
    { members: { response_format: "url" }, param: "response_format" },
  ]) {
    const answer = await generate(cell, members);
    const { error } = (await answer.json()) as { readonly error: { readonly param: string } };
    assert.deepEqual([answer.status, error.param], [400, param]);
  }
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});

function generate({ gateway }: TestCell, members: object): Promise<Response> {
  return fetch(`${gateway.url}/v1/images/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "content-type": "application/json" },
    body: JSON.stringify({ model, prompt, ...members }),
  });
}
