import assert from "node:assert/strict";
import { test } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import type { Evidence } from "../provider.ts";
import { openAi } from "./engine.ts";
import { withStoreSaid } from "./store.ts";

engineContract("openai", () => simulatedSubject(openAi));

for (const { body, sent } of [
  { body: ' { "model":"m" }', sent: ' {"store":false, "model":"m" }' },
  { body: "{}", sent: '{"store":false}' },
  { body: '{"a":1.0,"store": null }', sent: '{"a":1.0,"store": false }' },
  { body: '{"stor\\u0065":null}', sent: '{"stor\\u0065":false}' },
  { body: '{"b":{"store":true}}', sent: '{"store":false,"b":{"store":true}}' },
  { body: '{"store":false,"a":1.0}', sent: '{"store":false,"a":1.0}' },
  { body: '{"store":true}', sent: '{"store":true}' },
  { body: '{"a":1,"Store":null}', sent: '{"store":false,"a":1,"Store":false}' },
  { body: '{"ſtore" : null }', sent: '{"store":false,"ſtore" : false }' },
  { body: '{"STORE":false}', sent: '{"store":false,"STORE":false}' },
  { body: '{"Store":true}', sent: '{"store":true,"Store":true}' },
]) {
  test(`${body} leaves as ${sent}`, () => {
    assert.equal(Buffer.concat(withStoreSaid(Buffer.from(body))).toString(), sent);
  });
}

test("an answer of a regional host is evidence of the selection, and one of the common host of none", () => {
  assert.deepEqual(evidenceAt("https://eu.api.openai.com", "eu"), ["E1", "selection"]);
  assert.deepEqual(evidenceAt("https://api.openai.com", null), ["E0", "none"]);
  assert.deepEqual(evidenceAt("http://127.0.0.1:1", "global"), ["E0", "none"]);
});

test("a call is known by OpenAI's own id", () => {
  assert.equal(evidence("https://eu.api.openai.com", "eu").callId, "req_5a3c1e6f6b1d4d8e");
});

function evidenceAt(url: string, region: string | null): readonly string[] {
  const { evidenceClass, source } = evidence(url, region);
  return [evidenceClass, source];
}

function evidence(url: string, region: string | null): Evidence {
  return openAi.evidence({ ...engineAddress(url), region }, { "x-request-id": "req_5a3c1e6f6b1d4d8e" }, {});
}
