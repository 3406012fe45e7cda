import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenAI } from "openai";
import { Stream } from "openai/core/streaming";
import {
  carriesRetryAfter,
  errorReference,
  formatOpenAiError,
  formatOpenAiStreamError,
} from "./error-body.ts";
import { type ErrorType, errorTypes } from "./error-type.ts";

const details = { type: "provider_interrupted", message: "the answer broke off", param: null } as const;

test("an error has the four members of the dialect", () => {
  assert.deepEqual(JSON.parse(formatOpenAiError({ ...details, param: "model" })), {
    error: {
      message: "the answer broke off",
      type: "provider_interrupted",
      param: "model",
      code: "provider_interrupted",
    },
  });
});

test("OpenAI's own client raises the error that ends a stream, with its type", async () => {
  const chunk = 'data: {"object":"chat.completion.chunk","choices":[]}\n\n';
  const response = new Response(chunk + formatOpenAiStreamError(details));
  const stream = Stream.fromSSEResponse(response, new AbortController());
  const received: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const item of stream) received.push(item);
    },
    (error) => error instanceof OpenAI.APIError && error.type === "provider_interrupted",
  );
  assert.equal(received.length, 1);
});

test("the reference has one row for each error type, with its status", () => {
  const rows = errorReference()
    .split("\n")
    .filter((line) => /^\| `[a-z]+_/.test(line));
  assert.deepEqual(
    rows.map((row) =>
      row
        .split("|")
        .slice(1, 3)
        .map((cell) => cell.trim()),
    ),
    Object.entries(errorTypes).map(([type, { status }]) => [`\`${type}\``, String(status)]),
  );
});

test("errors that pass with time say when to come back, and a refusal by law does not", () => {
  const types = Object.keys(errorTypes) as ErrorType[];
  assert.deepEqual(types.filter(carriesRetryAfter), [
    "policy_region_unavailable",
    "caller_rate_limited",
    "caller_budget_exhausted",
    "gateway_ledger_unavailable",
    "gateway_keys_unavailable",
    "gateway_records_unavailable",
    "gateway_draining",
  ]);
});
