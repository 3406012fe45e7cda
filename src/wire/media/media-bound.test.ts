import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import type { EngineOperationName } from "../operation.ts";
import { engineOperations } from "../operations.ts";

const picture = "data:image/png;base64,AA==";
const chat = (...content: unknown[]): object => ({ messages: [{ role: "user", content }] });
const base64 = { type: "base64", media_type: "image/png", data: "AA==" };

function boundsOf(operation: EngineOperationName, members: object): number | undefined {
  const row = engineOperations.find(({ name }) => name === operation);
  assert.ok(row?.body === "json");
  const view = row.read(encodeUtf8(JSON.stringify({ model: "a", ...members })));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value.answerBound.bytes;
}

const withMedia: readonly (readonly [EngineOperationName, object])[] = [
  ["chat_completions", chat({ type: "text", text: "a" }, { type: "image_url", image_url: { url: picture } })],
  ["chat_completions", chat({ type: "input_audio", input_audio: { data: "AA==", format: "wav" } })],
  ["chat_completions", chat({ Image_URL: picture })],
  ["chat_completions", { messages: [{ role: "tool", content: [{ video: [picture] }] }] }],
  ["embeddings", { input: "", ...chat({ image_url: { url: picture } }) }],
  ["messages", chat({ type: "image", source: base64 })],
  ["messages", chat({ type: "tool_result", content: [{ type: "image", source: base64 }] })],
  ["responses", { input: [{ role: "user", content: [{ type: "input_image", image_url: picture }] }] }],
  [
    "responses",
    { input: [{ type: "function_call_output", output: [{ type: "input_file", file_data: "AA==" }] }] },
  ],
  ["moderations", { input: [{ type: "image_url", image_url: { url: picture } }] }],
  ["rerank", { query: "a", documents: [{ image: picture }] }],
  ["rerank", { query: { content: [{ image_url: picture }] }, documents: ["a"] }],
  ["image_generations", { prompt: "a", images: [{ image_url: picture }] }],
];
for (const [operation, members] of withMedia) {
  test(`what is not text alone is bounded by its model's context: ${operation}, ${JSON.stringify(members)}`, () => {
    assert.equal(boundsOf(operation, members), Number.POSITIVE_INFINITY);
  });
}

test("words are bounded by their bytes, whatever a tool is called with", () => {
  const use = {
    type: "tool_use",
    id: "t",
    name: "open",
    input: { file: "a.txt", content: [{ image: "a" }] },
  };
  assert.equal(boundsOf("messages", { messages: [{ role: "assistant", content: [use] }] }), undefined);
  assert.equal(boundsOf("chat_completions", chat({ type: "text", text: "a file" })), undefined);
  const documents = ["a", { text: "b" }];
  assert.ok(Number.isFinite(boundsOf("rerank", { query: "a", documents })));
});
