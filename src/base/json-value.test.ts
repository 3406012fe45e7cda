import assert from "node:assert/strict";
import { test } from "node:test";
import { isObject, parseJson } from "./json-value.ts";

test("only what JSON calls an object is one", () => {
  for (const text of ["null", "[]", '"a"', "1", "true", "", "{"]) assert.ok(!isObject(parseJson(text)), text);
  for (const text of ["{}", '{"a":[]}']) assert.ok(isObject(parseJson(text)), text);
});

test("what is no JSON is told apart from a null that was said", () => {
  assert.equal(parseJson("nul"), undefined);
  assert.equal(parseJson("null"), null);
});
