import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId } from "../base/index.ts";
import { Departure } from "./departure.ts";
import { NotPermittedError, type UpstreamCall, UpstreamError } from "./provider.ts";

const id = "fra-1" as EndpointId;

test("a call that would leave a second time is stopped, and nobody is told again", () => {
  const { call, seen } = watched(true);
  const departure = new Departure(id, call);
  departure.leave();
  assert.throws(() => departure.leave(), UpstreamError);
  assert.deepEqual(seen, ["mayGo", "onFirstByte"]);
  assert.equal(departure.hasLeft, true);
});

test("a call that may not go has not left", () => {
  const { call, seen } = watched(false);
  const departure = new Departure(id, call);
  assert.throws(() => departure.leave(), NotPermittedError);
  assert.deepEqual(seen, ["mayGo"]);
  assert.equal(departure.hasLeft, false);
});

function watched(isAllowed: boolean): { call: UpstreamCall; seen: string[] } {
  const seen: string[] = [];
  const call: UpstreamCall = {
    operation: "chat_completions",
    model: "llama",
    body: [],
    isStream: false,
    contentType: "application/json",
    accept: "application/json",
    requestId: "r-1",
    headersTimeoutMs: 1,
    idleTimeoutMs: 1,
    maxEventBytes: 1,
    mayGo() {
      seen.push("mayGo");
      return isAllowed;
    },
    onFirstByte: () => void seen.push("onFirstByte"),
  };
  return { call, seen };
}
