import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId } from "../../base/index.ts";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { openAiCompatible } from "./engine.ts";

engineContract("openai-compatible", () => simulatedSubject(openAiCompatible));

const address = {
  id: "e-1" as EndpointId,
  engine: "openai-compatible",
  url: null,
  apiKey: null,
  modelFile: null,
  computes: [],
};

test("an ordinary answer is evidence of the endpoint's selection and of nothing more", () => {
  assert.deepEqual(openAiCompatible.evidence(address, { "x-sim-place": "US" }, { choices: [] }), {
    evidenceClass: "E1",
    places: [],
    source: "selection",
    callId: null,
    isElsewhere: false,
  });
});

for (const body of [
  { remote_host: "https://ollama.com:443" },
  { remote_model: "gpt-oss:120b" },
  { remote_host: 1 },
]) {
  test(`an answer with ${JSON.stringify(body)} was computed elsewhere`, () => {
    assert.deepEqual(openAiCompatible.evidence(address, {}, body), {
      evidenceClass: "E0",
      places: [],
      source: "remote_host",
      callId: null,
      isElsewhere: true,
    });
  });
}
