import assert from "node:assert/strict";
import { test } from "node:test";
import { UpstreamError } from "../provider.ts";
import { CallLimits } from "./call-limits.ts";

const hanging = new Promise<never>(() => undefined);

test("work that ends in time is what it is, and nothing is stopped", async () => {
  const limits = new CallLimits(new AbortController().signal);
  assert.equal(await limits.within(60_000, "stalled", Promise.resolve(7)), 7);
  await assert.rejects(limits.within(60_000, "stalled", Promise.reject(new RangeError("x"))), RangeError);
  assert.equal(limits.signal.aborted, false);
});

test("a limit that passes stops all work of the call, with its own failure", async () => {
  const limits = new CallLimits(new AbortController().signal);
  await assert.rejects(limits.within(1, "headers_timeout", hanging), new UpstreamError("headers_timeout"));
  assert.deepEqual(limits.signal.reason, new UpstreamError("headers_timeout"));
  await assert.rejects(limits.within(60_000, "stalled", hanging), new UpstreamError("headers_timeout"));
});

test("a caller who leaves stops it, before or while it is waited for", async () => {
  const caller = new AbortController();
  const limits = new CallLimits(caller.signal);
  const waiting = limits.within(60_000, "stalled", hanging);
  caller.abort();
  await assert.rejects(waiting, new UpstreamError("aborted"));
  const late = new CallLimits(caller.signal);
  await assert.rejects(late.within(60_000, "stalled", hanging), new UpstreamError("aborted"));
});
