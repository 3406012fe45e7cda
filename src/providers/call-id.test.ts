import assert from "node:assert/strict";
import { test } from "node:test";
import { readCallId } from "./call-id.ts";

const ids = [
  "2f1c9a64-7d0e-4b0b-9a53-0c9f3a1e5d77",
  "req_011CTkLbWQ8s3fVhQ2yN5xZe",
  "req_vrtx_011CTkLbWQ8s3fVhQ2yN5xZe",
  "chatcmpl-9f2c4e8aa1b34c55",
  "01J9ZC3Q7X8V2M4T6B5N1K0HRD",
  "4bf92f3577b34da6a3ce929d0e0e4736",
];
const names = ["x-request-id", "request-id"];

test("the first header that is there names the call", () => {
  const [first = "", second = ""] = ids;
  assert.equal(readCallId({ "request-id": second, "x-request-id": first }, names), first);
  assert.equal(readCallId({ "cf-ray": first }, names), null);
});

test("what providers give as ids is taken", () => {
  for (const id of ids) assert.equal(readCallId({ "request-id": id }, names), id);
});

for (const stated of [
  "",
  "a b",
  "a, b",
  "a\n",
  "ä",
  "<b>",
  "a/b",
  "x1".repeat(40),
  "petrel-upstream-header-5521",
  "member-90210",
  "a sentence 12",
  "hunter2hunter",
]) {
  test(`${JSON.stringify(stated.slice(0, 9))} of ${stated.length} characters is no name of a call`, () => {
    assert.equal(readCallId({ "x-request-id": stated, "request-id": "b" }, names), null);
  });
}
