import assert from "node:assert/strict";
import { test } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import type { Evidence } from "../provider.ts";
import { engineOperations } from "../../wire/index.ts";
import { askedAs } from "../serves.ts";
import { gemini } from "./engine.ts";

const paths: Readonly<Record<string, string>> = {
  "/v1beta/models": "/v1/models",
  "/v1beta/models/llama:generateContent": "/v1/chat/completions",
  "/v1beta/models/llama:streamGenerateContent?alt=sse": "/v1/chat/completions",
};

// An engine passes bodies on as they are: what is held here is whom it calls, and how.
engineContract("gemini", () =>
  simulatedSubject(gemini, {
    askedAs: "generate_content",
    apiKey: "k",
    front: (url) =>
      startProviderFront(url, ({ path, headers }) =>
        headers["x-goog-api-key"] === "k" && headers.authorization === undefined
          ? (paths[path] ?? null)
          : null,
      ),
  }),
);

const address = engineAddress("https://generativelanguage.googleapis.com");

test("chats, responses, messages and embeddings are asked of Gemini, and nothing else", () => {
  const asked = engineOperations.filter(
    ({ name }) => askedAs(name, { address, engine: gemini }, "m") !== null,
  );
  assert.deepEqual(
    asked.map(({ name }) => name),
    ["chat_completions", "embeddings", "responses", "messages"],
  );
});

function shown(body: unknown): Evidence {
  return gemini.evidence(address, { "x-request-id": "0123456789abcdef" }, body);
}

test("an answer is evidence of no place, and its id is noted where it is nobody's words", () => {
  const nothing = { evidenceClass: "E0", places: [], source: "none", callId: null, isElsewhere: false };
  assert.deepEqual(shown({ responseId: "mAitaLmkHPPlz7IPvtfUqQ4" }), {
    ...nothing,
    callId: "mAitaLmkHPPlz7IPvtfUqQ4",
  });
  for (const responseId of [
    "",
    7,
    null,
    "ignore-all-previous-instructions",
    "short1A",
    "mAitaLmkHPPlz7IPvtf qQ4",
  ])
    assert.deepEqual(shown({ responseId }), nothing);
  for (const body of [null, [], "x"]) assert.deepEqual(shown(body), nothing);
});
