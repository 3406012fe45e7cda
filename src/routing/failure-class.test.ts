import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { classifyFailure, type FailureClass, type FailureSigns } from "./failure-class.ts";

const caller = (code: string | null = null, status: 400 | 413 | 422 = 400): FailureClass => ({
  kind: "caller",
  status,
  code,
});
const ours = (misfit: "key" | "credit" | "model" | "route" | "region", isCertain = true): FailureClass => ({
  kind: "ours",
  misfit,
  isCertain,
});

const cases: readonly (readonly [Partial<FailureSigns>, FailureClass])[] = [
  [{ status: 400 }, caller()],
  [{ status: 413 }, caller(null, 413)],
  [{ status: 422, message: "field required" }, caller(null, 422)],
  [{ status: 400, code: "context_length_exceeded" }, caller("context_length_exceeded")],
  [{ status: 400, code: "an_unknown_word" }, caller()],
  [{ status: 500, code: "context_length_exceeded" }, caller("context_length_exceeded")],
  [{ status: 500, message: "This model's maximum context length is 4096 tokens" }, caller()],
  [{ status: 500, message: "image input is not supported - hint: you may need the mmproj" }, caller()],
  [{ status: null, type: "invalid_request_error" }, caller()],
  [{ status: 403, message: "Your chosen model requires moderation and your input was flagged" }, caller()],
  [{ status: 404, message: "No endpoints found that support image input" }, caller()],
  [{ status: 401 }, ours("key")],
  [{ status: 403 }, ours("key")],
  [{ status: 500, code: "invalid_api_key" }, ours("key")],
  [{ status: 400, message: "API key not valid. Please pass a valid API key." }, ours("key", false)],
  [{ status: null, message: "Incorrect API key provided: sk-…" }, ours("key", false)],
  [{ status: 400, code: "API_KEY_INVALID" }, ours("key")],
  [{ status: 400, message: "User location is not supported for the API use." }, ours("region", false)],
  [{ status: 400, type: "no_db_connection", message: "No connected db." }, ours("key", false)],
  [{ status: 503, type: "no_db_connection", message: "Service Unavailable" }, { kind: "transient" }],
  [{ status: 402 }, ours("credit")],
  [
    { status: 402, message: "This request requires more credits, or fewer max_tokens" },
    ours("credit", false),
  ],
  [{ status: 429, code: "insufficient_quota" }, ours("credit")],
  [{ status: 429, type: "insufficient_quota" }, ours("credit")],
  [{ status: 400, message: "Your credit balance is too low to access the API" }, ours("credit", false)],
  [{ status: 404, message: "The model `x` does not exist" }, ours("model")],
  [{ status: 404, code: "DeploymentNotFound" }, ours("model")],
  [{ status: 404 }, ours("route")],
  [{ status: 404, isPage: true }, ours("route")],
  [{ status: 404, message: "Not Found" }, ours("route")],
  [{ status: 404, type: "invalid_request_error", code: "unknown_url" }, ours("route")],
  [{ status: 404, type: "invalid_request_error", message: "No such File object: file-1" }, caller()],
  [{ status: 404, type: "invalid_request_error", message: "Audio `a` was not found" }, ours("route", false)],
  [{ status: 403, isPage: true }, ours("key", false)],
  [{ status: 400, isPage: true }, ours("route", false)],
  [{ status: 413, isPage: true }, caller(null, 413)],
  [{ status: 405 }, ours("route")],
  [{ status: 406 }, ours("route")],
  [{ status: 407 }, ours("route")],
  [{ status: 411 }, ours("route")],
  [{ status: 415 }, ours("route")],
  [{ status: 421 }, ours("route")],
  [{ status: 426 }, ours("route")],
  [{ status: 431 }, ours("route")],
  [{ status: 451 }, ours("region", false)],
  [{ status: 421, type: "policy_misdirected" }, { kind: "law" }],
  [{ status: 403, code: "unsupported_country_region_territory" }, ours("region")],
  [{ status: 429 }, { kind: "saturated" }],
  [{ status: 529 }, { kind: "saturated" }],
  [{ status: null, code: "rate_limit_exceeded" }, { kind: "saturated" }],
  [{ status: 503, code: "overloaded" }, { kind: "saturated" }],
  [{ status: 503 }, { kind: "transient" }],
  [{ status: 408 }, { kind: "transient" }],
  // Bedrock's ModelErrorException: the model failed, and not its request.
  [{ status: 424, message: "An error occurred while processing the model" }, { kind: "transient" }],
  // Cohere's, of words that it will not read or write, and of a request that was cancelled, which is to be tried again.
  [{ status: 498, message: "a deny-listed token" }, caller()],
  [{ status: 499, message: "request cancelled" }, { kind: "transient" }],
  [{ status: 500 }, { kind: "broken" }],
  [{ status: null, message: "out of memory" }, { kind: "broken" }],
  [{ status: 451, type: "policy_no_lawful_endpoint" }, { kind: "law" }],
  [{ status: 403, type: "policy_jurisdiction_unknown" }, { kind: "law" }],
];

for (const [signs, expected] of cases) {
  test(`${JSON.stringify(signs)} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(
      classifyFailure({ status: null, code: null, type: null, message: null, isPage: false, ...signs }),
      expected,
    );
  });
}

test("a request that an engine quotes does not make it a fault of ours", () => {
  const signs = { status: 400, code: null, type: null, isPage: false };
  const quoted = '"API key not valid" is not one of ["text", "json_object"]: credit balance';
  assert.deepEqual(classifyFailure({ ...signs, message: quoted }), caller());
});

test("no signs make it throw, and every code that is passed on is a short word", () => {
  const text = fc.option(fc.string(), { nil: null });
  const signs = fc.record({
    status: fc.option(fc.nat(700), { nil: null }),
    code: text,
    type: text,
    message: text,
    isPage: fc.boolean(),
  });
  fc.assert(
    fc.property(signs, (any) => {
      const found = classifyFailure(any);
      if (found.kind === "caller" && found.code !== null) assert.match(found.code, /^[a-z_]{1,40}$/);
    }),
  );
});
