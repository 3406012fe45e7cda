import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8, type Result } from "../base/index.ts";
import { formText } from "../../test/support/form-text.ts";
import { scanForm } from "./form/multipart.ts";
import type { ApiOperation, RequestFault, RequestView } from "./operation.ts";
import { operations } from "./operations.ts";
import { translationFor } from "./translate/translations.ts";

test("no two operations share a name, or a method and a path", () => {
  assert.equal(new Set(operations.map(({ name }) => name)).size, operations.length);
  assert.equal(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size, operations.length);
});

test("an operation that an engine answers can be passed to an engine that speaks it", () => {
  for (const operation of operations) {
    if (operation.answeredBy === "engine" && operation.body !== "events")
      assert.ok(translationFor(operation.name, operation.name));
  }
});

test("a model is read where an engine answers, and nowhere else", () => {
  const body = encodeUtf8(
    '{"model":"assistant","messages":[{"role":"user","content":"hi"}],"prompt":"hi","input":"hi",' +
      '"query":"hi","documents":["hi"]}',
  );
  const form = encodeUtf8(formText([{ name: "model", value: "assistant" }]));
  for (const operation of operations) {
    const isEngines = operation.answeredBy === "engine";
    const view = read(operation, body, form);
    assert.ok(view.ok);
    assert.equal(view.value.model, isEngines ? "assistant" : null);
    assert.equal(view.value.modelSpan !== null, isEngines && operation.body !== "events");
  }
});

function read(
  operation: ApiOperation,
  body: Uint8Array,
  form: Uint8Array,
): Result<RequestView, RequestFault> {
  if (operation.body === "events") return operation.read([["model", "assistant"]]);
  if (operation.body === "multipart")
    return operation.read(form, { boundary: "b-9", scanned: scanForm(form, "b-9") });
  return operation.read(operation.body === "none" ? new Uint8Array() : body);
}

test("the members that rules name are in lower case, and each is named once", () => {
  for (const { exits } of operations) {
    const members = exits.map(({ member }) => member);
    assert.deepEqual(members, [...new Set(members)]);
    assert.deepEqual(
      members,
      members.map((member) => member.toLowerCase()),
    );
  }
});
