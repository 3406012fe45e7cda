import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import {
  afterSignal,
  availableAtMs,
  firstBackoffMs,
  type Health,
  healthy,
  isAvailable,
  isProbeDue,
  maxBackoffMs,
  maxRetryAfterMs,
  type Signal,
  takeTrial,
} from "./health.ts";

const failed: Signal = { kind: "failed", retryAfterMs: null };
const unreachable: Signal = { kind: "unreachable" };

test("failures in a row open the circuit, and one answer between them starts the count again", () => {
  const twice = after(healthy, failed, failed);
  assert.equal(twice.kind, "closed");
  assert.equal(after(twice, failed).kind, "open");
  assert.deepEqual(after(twice, { kind: "answered" }), healthy);
});

test("a second connection without an answer opens the circuit, since the first may have been a stale one", () => {
  assert.equal(after(healthy, unreachable).kind, "closed");
  assert.equal(after(healthy, unreachable, unreachable).kind, "open");
  assert.equal(after(healthy, failed, unreachable).kind, "open");
});

test("an open circuit takes nothing until its time, then one trial and no second one beside it", () => {
  const open = after(healthy, unreachable, unreachable);
  assert.equal(isAvailable(open, momentAt(firstBackoffMs - 1)), false);
  assert.equal(isAvailable(open, momentAt(firstBackoffMs)), true);
  const trying = takeTrial(open, momentAt(firstBackoffMs));
  assert.equal(trying.kind, "half-open");
  assert.equal(isAvailable(trying, momentAt(firstBackoffMs)), false);
});

test("a trial that nobody reports back from gives way to another in the end", () => {
  const trying = takeTrial(after(healthy, unreachable, unreachable), momentAt(firstBackoffMs));
  assert.equal(isAvailable(trying, momentAt(firstBackoffMs + maxBackoffMs)), true);
});

test("a trial that ends without a verdict leaves room for the next one at once", () => {
  const trying = takeTrial(after(healthy, unreachable, unreachable), momentAt(5_000));
  assert.equal(
    isAvailable(afterSignal(trying, { kind: "no-verdict" }, momentAt(6_000)), momentAt(6_000)),
    true,
  );
});

test("each failed trial doubles the wait up to the cap, and an answer forgets it", () => {
  let health = after(healthy, unreachable, unreachable);
  const waits: number[] = [];
  for (let nowMs = momentAt(0); waits.length < 8;) {
    const atMs = availableAtMs(health) ?? nowMs;
    waits.push(atMs - nowMs);
    nowMs = atMs;
    health = afterSignal(takeTrial(health, nowMs), failed, nowMs);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(after(health, { kind: "answered" }), healthy);
});

for (const { title, retryAfterMs, expectedMs } of [
  { title: "the upstream's own word sets the earliest retry", retryAfterMs: 7_000, expectedMs: 7_000 },
  { title: "a word shorter than our backoff is believed too", retryAfterMs: 10, expectedMs: 10 },
  { title: "a word longer than the cap is cut", retryAfterMs: 86_400_000, expectedMs: maxRetryAfterMs },
]) {
  test(title, () => {
    assert.equal(availableAtMs(after(healthy, { kind: "failed", retryAfterMs })), expectedMs);
  });
}

test("a probe does not wait for the backoff but does heed the upstream's word", () => {
  assert.equal(isProbeDue(after(healthy, unreachable, unreachable), momentAt(0)), true);
  const resting = after(healthy, { kind: "failed", retryAfterMs: 7_000 });
  assert.equal(isProbeDue(resting, momentAt(6_999)), false);
  assert.equal(isProbeDue(resting, momentAt(7_000)), true);
});

test("an endpoint that only answers probes is tried again and reopens with a longer wait at its first failure", () => {
  const probed = after(healthy, unreachable, unreachable, { kind: "probe-answered" });
  assert.equal(isAvailable(probed, momentAt(0)), true);
  assert.equal(availableAtMs(after(probed, failed)), 2 * firstBackoffMs);
});

test("an endpoint that broke a request off is probed, and the probe's word decides", () => {
  const suspected = after(healthy, { kind: "suspected" });
  assert.equal(isAvailable(suspected, momentAt(0)), true);
  assert.equal(isProbeDue(suspected, momentAt(0)), true);
  assert.deepEqual(after(suspected, { kind: "probe-answered" }), healthy);
  assert.equal(after(suspected, { kind: "probe-failed" }).kind, "open");
  assert.equal(after(healthy, { kind: "probe-failed" }).kind, "closed");
});

test("an endpoint that is silent to probes too is open at once", () => {
  assert.equal(after(healthy, { kind: "silent" }).kind, "open");
});

test("a quarantined endpoint stays so whatever happens, until an operator releases it", () => {
  const quarantined = after(healthy, { kind: "violation" });
  fc.assert(
    fc.property(fc.array(anySignal().filter(({ kind }) => kind !== "released")), (signals) => {
      const health = after(quarantined, ...signals);
      assert.equal(isAvailable(health, momentAt(Number.MAX_SAFE_INTEGER)), false);
      assert.equal(isProbeDue(health, momentAt(Number.MAX_SAFE_INTEGER)), false);
    }),
  );
});

test("a release lets one request try, and a probe speaks for it before", () => {
  const released = after(healthy, { kind: "violation" }, { kind: "released" });
  assert.equal(isAvailable(released, momentAt(0)), true);
  assert.equal(isProbeDue(released, momentAt(0)), true);
  const trying = takeTrial(released, momentAt(0));
  assert.equal(trying.kind, "half-open");
  assert.equal(isAvailable(trying, momentAt(0)), false);
  assert.deepEqual(after(trying, { kind: "answered" }), healthy);
  assert.deepEqual(after(trying, { kind: "violation" }), { kind: "quarantined" });
});

test("a release of what is in no quarantine changes nothing", () => {
  for (const health of [healthy, after(healthy, failed), after(healthy, unreachable, unreachable)]) {
    assert.deepEqual(after(health, { kind: "released" }), health);
  }
});

test("no sequence of signals but a violation keeps an endpoint away for longer than the caps", () => {
  fc.assert(
    fc.property(fc.array(anySignal().filter(({ kind }) => kind !== "violation")), (signals) => {
      const health = after(healthy, ...signals);
      assert.ok(isAvailable(health, momentAt(maxRetryAfterMs)));
    }),
  );
});

function after(health: Health, ...signals: readonly Signal[]): Health {
  return signals.reduce((state, signal) => afterSignal(state, signal, momentAt(0)), health);
}

function anySignal(): fc.Arbitrary<Signal> {
  return fc.oneof(
    fc.constantFrom<Signal>(
      { kind: "answered" },
      { kind: "no-verdict" },
      { kind: "unreachable" },
      { kind: "suspected" },
      { kind: "silent" },
      { kind: "probe-answered" },
      { kind: "probe-failed" },
      { kind: "violation" },
      { kind: "released" },
    ),
    fc
      .option(fc.nat(1_000_000), { nil: null })
      .map((retryAfterMs): Signal => ({ kind: "failed", retryAfterMs })),
  );
}
