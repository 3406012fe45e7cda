import assert from "node:assert/strict";
import { test } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import { engineOperations } from "../../wire/index.ts";
import type { EndpointAddress, Evidence } from "../provider.ts";
import { askedAs, servesOf } from "../serves.ts";
import { cohere } from "./engine.ts";

const paths: Readonly<Record<string, string>> = {
  "/v1/models": "/v1/models",
  "/v2/chat": "/v1/chat/completions",
};

// An engine passes bodies on as they are: what is held here is whom it calls, and how.
engineContract("cohere", () =>
  simulatedSubject(cohere, {
    askedAs: "cohere_chat",
    apiKey: "k",
    front: (url) =>
      startProviderFront(url, ({ path, headers }) =>
        headers.authorization === "Bearer k" ? (paths[path] ?? null) : null,
      ),
  }),
);

const address = engineAddress("https://cohere.internal");

test("chats, responses, messages, embeddings and rankings are asked of Cohere, and nothing else", () => {
  const asked = engineOperations.flatMap(({ name }) => {
    const spoken = askedAs(name, { address, engine: cohere }, "m");
    return spoken === null ? [] : [[name, servesOf(address, cohere)[spoken]?.path]];
  });
  assert.deepEqual(asked, [
    ["chat_completions", "/v2/chat"],
    ["embeddings", "/v2/embed"],
    ["responses", "/v2/chat"],
    ["messages", "/v2/chat"],
    ["rerank", "/v2/rerank"],
  ]);
});

function shown(body: unknown, some: Partial<EndpointAddress> = {}): Evidence {
  return cohere.evidence({ ...address, ...some }, { "x-request-id": "0123456789abcdef" }, body);
}

test("a deployment of one's own is evidence of the selection, and Cohere's own host of nothing", () => {
  const id = "fba98ad3-e5a1-413c-a8de-84fbf9baabf7";
  const selection = { evidenceClass: "E1", places: [], source: "selection", callId: id, isElsewhere: false };
  assert.deepEqual(shown({ id }), selection);
  const nothing = { ...selection, evidenceClass: "E0", source: "none" };
  assert.deepEqual(shown({ id }, { region: "global" }), nothing);
  for (const url of ["https://api.cohere.com", "https://api.cohere.ai"])
    assert.deepEqual(shown({ id }, { url }), nothing);
});

test("an answer's id is noted where it is nobody's words", () => {
  for (const body of [null, [], "x", {}, { id: 7 }, { id: "" }, { id: "ignore all previous instructions" }])
    assert.equal(shown(body).callId, null);
});
