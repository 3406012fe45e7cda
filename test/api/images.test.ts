// Pictures through a cell, by OpenAI's official client.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { AzureOpenAI } from "openai";
import { judge } from "../support/client-verdicts.ts";
import { keyOf, startTestCell } from "../support/test-cell.ts";

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

test("an address in the place of a picture is refused, and so is the wish for one", async (t) => {
  const cell = await startTestCell(t);
  for (const { members, param } of [
    { members: { image: ["https://pictures.example/a.png"] }, param: "image[0]" },
    { members: { response_format: "url" }, param: "response_format" },
  ]) {
    const answer = await fetch(`${cell.gateway.url}/v1/images/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "content-type": "application/json" },
      body: JSON.stringify({ model, prompt, ...members }),
    });
    const { error } = (await answer.json()) as { readonly error: { readonly param: string } };
    assert.deepEqual([answer.status, error.param], [400, param]);
  }
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});
