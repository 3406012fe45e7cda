import assert from "node:assert/strict";
import { test } from "node:test";
import { engineAddress } from "../../test/support/engine-address.ts";
import { servedOperations } from "../config/values/served-operation.ts";
import { engineOperations } from "../wire/index.ts";
import { openAiCompatible } from "./openai-compatible/engine.ts";
import { servesOf } from "./serves.ts";

const url = "http://127.0.0.1:1";

test("a policy can say every operation that an engine may answer, and no other", () => {
  assert.deepEqual(
    servedOperations,
    engineOperations.map(({ name }) => name),
  );
});

test("what an endpoint says that it answers is passed to it, and what it does not say is not asked of it", () => {
  const serves = servesOf(engineAddress(url, { serves: ["embeddings"] }), openAiCompatible);
  assert.deepEqual(serves, { embeddings: { operation: "embeddings", path: "/v1/embeddings" } });
});

test("a path of its own is that of its chats, and says nothing of where other operations are", () => {
  const chats = { operation: "chat_completions", path: "/chats" } as const;
  const serves = servesOf(engineAddress(url, { path: "/chats" }), openAiCompatible);
  assert.deepEqual(serves.chat_completions, chats);
  assert.equal(serves.embeddings, undefined);
  const both = { path: "/chats", serves: ["chat_completions", "embeddings"] } as const;
  const stated = servesOf(engineAddress(url, both), openAiCompatible);
  assert.deepEqual(stated.embeddings, { operation: "embeddings", path: "/v1/embeddings" });
  assert.deepEqual(stated.chat_completions, chats);
});

for (const spoken of ["converse", "generate_content"] as const) {
  test(`an engine that speaks ${spoken}, which no caller does, answers what can be translated into it, where it says`, () => {
    const paths = { whole: "/model/{model}/whole", stream: "/model/{model}/stream" };
    const serves = servesOf(engineAddress(url), { speaks: [spoken], paths: { [spoken]: paths } });
    const target = { operation: spoken, path: paths.whole, streamPath: paths.stream };
    assert.deepEqual(serves, { chat_completions: target, responses: target, messages: target });
  });
}
