import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../base/index.ts";
import { type EngineError, readEngineError, readEngineErrorBody } from "./engine-error.ts";

const nothing: EngineError = {
  status: null,
  code: null,
  type: null,
  message: null,
  param: null,
  retryAfterMs: null,
  isPage: false,
};

const cases: readonly (readonly [unknown, Partial<EngineError>])[] = [
  [
    { error: { message: "no", type: "T", code: "context_length_exceeded", param: "messages" } },
    { message: "no", type: "T", code: "context_length_exceeded", param: "messages" },
  ],
  [{ error: { code: 429, message: "slow" } }, { status: 429, message: "slow" }],
  [{ error: { code: "429" } }, { status: 429 }],
  [
    [{ error: { code: 400, status: "INVALID_ARGUMENT", message: "m" } }],
    { status: 400, type: "INVALID_ARGUMENT", message: "m" },
  ],
  [
    {
      error: {
        code: 400,
        details: [7, { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
      },
    },
    { status: 400, code: "API_KEY_INVALID" },
  ],
  [
    {
      error: {
        code: 429,
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3.5s" }],
      },
    },
    { status: 429, retryAfterMs: 3_500 },
  ],
  [
    {
      error: {
        code: 429,
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "999999s" }],
      },
    },
    { status: 429, retryAfterMs: 60_000 },
  ],
  [
    {
      error: {
        details: [
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "soon" },
          { retryDelay: "1s" },
        ],
      },
    },
    {},
  ],
  [{ error: "no such thing" }, { message: "no such thing" }],
  [
    { object: "error", message: "too long", code: 400 },
    { status: 400, message: "too long" },
  ],
  [{ detail: "Not Found" }, { message: "Not Found" }],
  [
    { detail: [{ loc: ["body", "messages", 0, "role"], msg: "field required" }, { msg: "bad" }] },
    { message: "field required; bad", param: "messages[0].role" },
  ],
  [{ error: { code: 7, message: 3 } }, {}],
  [{ error: null }, {}],
  ["text", {}],
  [null, {}],
];

for (const [body, expected] of cases) {
  test(`${JSON.stringify(body)} says ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(readEngineError(body), { ...nothing, ...expected });
  });
}

test("a sentence is cut between characters, and what is no JSON says nothing", () => {
  const { message } = readEngineError({ error: { message: "😀".repeat(2_000) } });
  assert.equal(message?.length, 2_000);
  assert.equal(readEngineError({ error: `a${"😀".repeat(2_000)}` }).message?.length, 1_999);
  assert.deepEqual(readEngineErrorBody(encodeUtf8("Bad Request")), nothing);
  assert.deepEqual(readEngineErrorBody(Uint8Array.of(0xff)), nothing);
});

test("a page says that it is one, and no more", () => {
  for (const page of ["<html>", "\r\n<!DOCTYPE html>"])
    assert.deepEqual(readEngineErrorBody(encodeUtf8(page)), { ...nothing, isPage: true });
});

test("no body makes the reader throw", () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => void readEngineError({ error: body, detail: body })));
});
