import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenAI } from "openai";
import { Stream } from "openai/core/streaming";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";

const details = {
  type: "provider_interrupted",
  message: "the answer broke off",
  param: null,
  code: null,
} as const;

test("the engine's own word for an error stands as its code, and our type stays", () => {
  const { error } = JSON.parse(
    formatOpenAiError({ ...details, type: "provider_rejected", code: "context_length_exceeded" }),
  ) as { error: { type: string; code: string } };
  assert.deepEqual([error.type, error.code], ["provider_rejected", "context_length_exceeded"]);
});

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
