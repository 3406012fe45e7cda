import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../base/index.ts";
import { inDeployment } from "./deployment.ts";
import { scanJsonObject } from "./json-members.ts";
import { chatCompletions } from "./openai/chat.ts";
import { renamedBody } from "./renamed-body.ts";

const messages = '"messages":[{"role":"user","content":"}é"}]';
const row = inDeployment(chatCompletions, "assistant");
assert.ok(row.body === "json");
const deployed = row;

const bodies: readonly { readonly body: string; readonly sent: string }[] = [
  { body: `{${messages}}`, sent: `{${messages},"model":"llama"}` },
  { body: ` { ${messages}\n} \n`, sent: ` { ${messages}\n,"model":"llama"} \n` },
  { body: `{"model":"",${messages}}`, sent: `{"model":"llama",${messages}}` },
  { body: `{"model": null ,${messages},"n":2}`, sent: `{"model": "llama" ,${messages},"n":2}` },
  { body: `{${messages},"model" : "assistant"}`, sent: `{${messages},"model" : "llama"}` },
];
for (const { body, sent } of bodies) {
  test(`a deployment is the model of a body that names none, or the same: ${JSON.stringify(body)}`, () => {
    const view = deployed.read(encodeUtf8(body));
    assert.ok(view.ok);
    assert.equal(view.value.model, "assistant");
    assert.equal(decodeUtf8(concatBytes(renamedBody(view.value, "llama"))), sent);
  });
}

for (const body of [
  `{"model":"another",${messages}}`,
  `{"model":7,${messages}}`,
  `{"Model":"assistant",${messages}}`,
  `{"Model":"",${messages}}`,
]) {
  test(`a body that names another model than its path, or might, is refused by name: ${body}`, () => {
    const view = deployed.read(encodeUtf8(body));
    assert.ok(!view.ok);
    assert.equal(view.error.param, "model");
  });
}

test("an empty object, and what is none, are refused as ever", () => {
  assert.equal(deployed.read(encodeUtf8("{}")).ok, false);
  assert.equal(deployed.read(encodeUtf8("[]")).ok, false);
});

test("whatever the members are, the body that is sent is the one that came, and the model beside it", () => {
  const member = fc.string().filter((name) => !/^model$/i.test(name) && !/messages|stream/i.test(name));
  fc.assert(
    fc.property(fc.dictionary(member, fc.jsonValue(), { maxKeys: 5 }), fc.boolean(), (members, isEmpty) => {
      const asked = {
        a: 1,
        ...(isEmpty && { model: "" }),
        ...members,
        messages: [{ role: "user", content: "hi" }],
      };
      const text = encodeUtf8(JSON.stringify(asked));
      const scanned = scanJsonObject(text);
      const view = deployed.read(text, scanned);
      if (!view.ok) return;
      const sent = JSON.parse(decodeUtf8(concatBytes(renamedBody(view.value, "llama"))) ?? "") as object;
      assert.deepEqual(sent, { ...(JSON.parse(JSON.stringify(asked)) as object), model: "llama" });
    }),
  );
});
