import assert from "node:assert/strict";
import { test } from "node:test";
import { engineAddress } from "../../test/support/engine-address.ts";
import { servedOperations } from "../config/values/served-operation.ts";
import { engineOperations, type SpokenName } from "../wire/index.ts";
import type { Engine } from "./provider.ts";
import { openAiCompatible } from "./openai-compatible/engine.ts";
import { askedAs, servesOf } from "./serves.ts";

const url = "http://127.0.0.1:1";

test("a policy can say every operation that an engine may answer, and no other", () => {
  assert.deepEqual(
    servedOperations,
    engineOperations.map(({ name }) => name),
  );
});

test("what an endpoint says that it answers is passed to it, and what it does not say is not asked of it", () => {
  const address = engineAddress(url, { serves: ["embeddings"] });
  assert.deepEqual(servesOf(address, openAiCompatible), { embeddings: { path: "/v1/embeddings" } });
  assert.equal(askedAs("embeddings", { address, engine: openAiCompatible }, "m"), "embeddings");
  assert.equal(askedAs("chat_completions", { address, engine: openAiCompatible }, "m"), null);
});

test("a path of its own is that of its chats, and says nothing of where other operations are", () => {
  const chats = engineAddress(url, { path: "/chats" });
  assert.deepEqual(servesOf(chats, openAiCompatible), { chat_completions: { path: "/chats" } });
  assert.equal(askedAs("embeddings", { address: chats, engine: openAiCompatible }, "m"), null);
  const both = engineAddress(url, { path: "/chats", serves: ["chat_completions", "embeddings"] });
  assert.deepEqual(servesOf(both, openAiCompatible), {
    chat_completions: { path: "/chats" },
    embeddings: { path: "/v1/embeddings" },
  });
});

for (const spoken of ["converse", "generate_content"] as const) {
  test(`an engine that speaks ${spoken}, which no caller does, is asked what can be translated into it, where it says`, () => {
    const paths = { whole: "/model/{model}/whole", stream: "/model/{model}/stream" };
    const address = engineAddress(url);
    const engine = speaking([spoken]);
    const target = { path: paths.whole, streamPath: paths.stream };
    assert.deepEqual(servesOf(address, { ...engine, paths: { [spoken]: paths } }), { [spoken]: target });
    for (const asked of ["chat_completions", "responses", "messages"] as const)
      assert.equal(askedAs(asked, { address, engine }, "m"), spoken);
    assert.equal(askedAs("embeddings", { address, engine }, "m"), null);
  });
}

test("where models are asked in several, each is asked in its own, unless the endpoint says what it answers", () => {
  const engine: Engine = {
    ...speaking(["messages", "converse"]),
    speaksFor: (_address, model) => (model === "claude" ? ["messages"] : ["converse"]),
  };
  const address = engineAddress(url);
  assert.equal(askedAs("chat_completions", { address, engine }, "claude"), "messages");
  assert.equal(askedAs("chat_completions", { address, engine }, "nova"), "converse");
  assert.equal(askedAs("messages", { address, engine }, "nova"), "converse");
  const stated = engineAddress(url, { serves: ["messages"] });
  assert.equal(askedAs("messages", { address: stated, engine }, "nova"), "messages");
});

function speaking(speaks: readonly SpokenName[]): Engine {
  return { ...openAiCompatible, speaks };
}
