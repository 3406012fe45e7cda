import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, errorOf } from "../../../test/support/ask.ts";
import { startTestCell, testPolicy } from "../../../test/support/test-cell.ts";
import { exitNames } from "../../config/values/allowed-exit.ts";
import { operations } from "../../wire/index.ts";

const remoteImage = [
  { role: "user", content: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }] },
];

test("members that keep, move or choose are refused by name, and nothing is sent", async (t) => {
  const cell = await startTestCell(t);
  for (const { members, param } of [
    { members: { store: true }, param: "store" },
    { members: { provider: { order: ["x"] } }, param: "provider" },
    { members: { fallbacks: [] }, param: "fallbacks" },
    { members: { models: ["x"] }, param: "models" },
    { members: { inference_geo: "global" }, param: "inference_geo" },
    { members: { web_search_options: {} }, param: "web_search_options" },
    { members: { tools: [{ type: "web_search" }] }, param: "tools[0].type" },
    { members: { messages: remoteImage }, param: "messages[0].content[0].image_url.url" },
  ]) {
    await t.test(param, async () => {
      const answer = await askChat(cell, { body: bodyOf(members) });
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual([errorOf(answer).type, errorOf(answer).param], ["caller_invalid_request", param]);
      assert.equal(answer.headers.get("x-should-retry"), "false");
    });
  }
  for (const endpoint of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(endpoint), 0);
  assert.deepEqual(cell.entries, []);
});

test("what the model's policy allows passes, and nothing beside it", async (t) => {
  const policy = testPolicy.replace("solo: {", "solo: { allows: [image_url, store],");
  const cell = await startTestCell(t, { policy });
  const ask = async (members: object): Promise<number> =>
    (await askChat(cell, { body: bodyOf({ model: "solo", ...members }) })).status;
  assert.equal(await ask({ store: true, messages: remoteImage }), 200);
  assert.equal(await ask({ store: true, provider: {} }), 400);
  const file = { type: "file", file: { file_data: "https://x.example/a.pdf" } };
  const [message] = remoteImage;
  assert.equal(await ask({ messages: [{ ...message, content: [...(message?.content ?? []), file] }] }), 400);
});

test("storing is not allowed where an endpoint states for how long it keeps", async (t) => {
  const policy = testPolicy
    .replace("solo: {", "solo: { allows: [store],")
    .replace("fra-1: {", "fra-1: { retention-days: 0,");
  await assert.rejects(
    startTestCell(t, { policy }),
    /`store`, though endpoint `fra-1` states `retention-days`/,
  );
});

function allowing(member: string, model: string): string {
  return testPolicy.replace(`${model}: {`, `${model}: { allows: [${member}],`);
}

test("a conversation, whose id no answer tells first, is allowed for a model with one endpoint alone", async (t) => {
  await assert.rejects(
    startTestCell(t, { policy: allowing("conversation", "assistant") }),
    /`conversation`, though the model has 5 endpoints/,
  );
  await startTestCell(t, { policy: allowing("conversation", "solo") });
  await startTestCell(t, { policy: allowing("previous_response_id, item_reference", "assistant") });
});

test("the sound of an earlier answer, whose id bears no mark, is asked of no model with several endpoints", async (t) => {
  const policy = ["assistant", "solo"].reduce(
    (text, model) => text.replace(`${model}: {`, `${model}: { allows: [item_reference],`),
    testPolicy,
  );
  const cell = await startTestCell(t, { policy });
  const messages = [
    { role: "assistant", audio: { id: "audio_1" } },
    { role: "user", content: "hi" },
  ];
  const answer = await askChat(cell, { body: bodyOf({ messages }) });
  assert.equal(answer.status, 404, answer.text);
  assert.deepEqual(
    [errorOf(answer).type, errorOf(answer).param],
    ["caller_unknown_reference", "messages[0].audio.id"],
  );
  assert.equal((await askChat(cell, { body: bodyOf({ model: "solo", messages }) })).status, 200);
});

test("a policy can allow every way out that an operation knows, and no other", () => {
  const media = ["image_url", "video_url", "audio_url", "input_audio", "file", "document_url", "video"];
  const audio = ["url", "file_url", "file", "known_speaker_references", "ref_audio"];
  const pictures = ["image", "images", "mask", "image_url", "mask_url", "reference_images"];
  const stored = ["item_reference", "image_url", "file", "audio_url", "video_url"];
  const known = operations.flatMap(({ exits }) =>
    exits.flatMap(({ member }) => {
      if (["messages", "query", "documents"].includes(member)) return media;
      if (audio.includes(member)) return ["audio_url"];
      if (["audio", "input_audio_transcription"].includes(member)) return ["transcription"];
      if (member === "item") return media;
      if (pictures.includes(member)) return ["image_url"];
      if (member === "file_id") return ["file"];
      return ["input", "instructions"].includes(member) ? stored : [member];
    }),
  );
  assert.deepEqual(Array.from(new Set(known)).toSorted(), exitNames.toSorted());
});

function bodyOf(members: object): string {
  return JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hi" }], ...members });
}
