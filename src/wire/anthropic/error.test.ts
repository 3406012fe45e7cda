import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorType, errorTypes } from "../error-type.ts";
import { formatAnthropicError, formatAnthropicStreamError } from "./error.ts";

/** platform.claude.com/docs/en/api/errors */
const known = [
  "invalid_request_error",
  "authentication_error",
  "permission_error",
  "not_found_error",
  "api_error",
  "request_too_large",
  "rate_limit_error",
  "timeout_error",
  "overloaded_error",
];

for (const type of Object.keys(errorTypes) as ErrorType[]) {
  test(`\`${type}\` is of a type that Anthropic's clients know, and names itself beside it`, () => {
    const text = formatAnthropicError({ type, message: "m", param: "p", code: null });
    const { error, ...outer } = JSON.parse(text) as { readonly error: { readonly type: string } };
    assert.deepEqual(outer, { type: "error" });
    assert.deepEqual(error, { type: error.type, message: "m", param: "p", code: type });
    assert.ok(known.includes(error.type), error.type);
  });
}

test("the engine's own word takes the place of ours, and a stream names the event", () => {
  const details = {
    type: "provider_rejected",
    message: "m",
    param: null,
    code: "context_length_exceeded",
  } as const;
  const body =
    '{"type":"error","error":{"type":"invalid_request_error","message":"m","param":null,"code":"context_length_exceeded"}}';
  assert.equal(formatAnthropicStreamError(details), `event: error\ndata: ${body}\n\n`);
});
