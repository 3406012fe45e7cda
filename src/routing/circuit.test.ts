import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import {
  afterCircuitSignal,
  type Circuit,
  circuitAvailableAtMs,
  type CircuitSignal,
  closedCircuit,
  isCircuitAvailable,
  isDoubtfulFor,
  takeCircuitTrial,
} from "./circuit.ts";

const answered = (caller: string): CircuitSignal => ({ kind: "answered", caller });
const failed = (caller: string): CircuitSignal => ({ kind: "failed", caller });
const saturated = (caller: string, retryAfterMs: number | null = null): CircuitSignal => ({
  kind: "saturated",
  caller,
  retryAfterMs,
});

test("no sequence of one caller's failures opens the circuit, whatever the others do meanwhile", () => {
  const own = fc.constantFrom(failed("a"), saturated("a", 60_000), answered("a"));
  const others = fc.constantFrom("b", "c").map(answered);
  fc.assert(
    fc.property(fc.array(fc.oneof(own, others), { maxLength: 400 }), (signals) => {
      assert.equal(after(closedCircuit, ...signals).kind, "closed");
    }),
  );
});

test("a caller's own failure sends that caller elsewhere, and nobody else, until it is old", () => {
  const circuit = after(closedCircuit, failed("a"));
  assert.equal(isDoubtfulFor(circuit, "a", momentAt(29_999)), true);
  assert.equal(isDoubtfulFor(circuit, "a", momentAt(30_000)), false);
  assert.equal(isDoubtfulFor(circuit, "b", momentAt(0)), false);
  assert.equal(isDoubtfulFor(after(circuit, answered("a")), "a", momentAt(0)), false);
});

test("failures of several callers open it when it was asked often enough", () => {
  const thrice = after(closedCircuit, failed("a"), failed("b"), failed("a"));
  assert.equal(thrice.kind, "closed");
  assert.equal(after(thrice, failed("b")).kind, "open");
});

test("two callers among many that are served do not open it", () => {
  const served = ["c", "d", "e"].map(answered);
  const circuit = after(closedCircuit, ...served, ...["a", "b", "a", "b", "a", "b"].map(failed));
  assert.equal(circuit.kind, "closed");
});

test("failures of long ago are none", () => {
  const before = after(closedCircuit, failed("a"), failed("b"), failed("a"));
  assert.equal(afterCircuitSignal(before, failed("b"), momentAt(30_000)).kind, "closed");
});

test("two callers that are told to wait open it until then, and no longer than the cap", () => {
  const told = after(closedCircuit, saturated("a", 7_000), saturated("b", 7_000));
  assert.equal(circuitAvailableAtMs(told), 7_000);
  const long = after(closedCircuit, saturated("a", 7_000), saturated("b", 86_400_000));
  assert.equal(circuitAvailableAtMs(long), 60_000);
});

test("a refusal of ours opens it at once and for long, and longer each time", () => {
  let circuit = after(closedCircuit, { kind: "refused" });
  const waits: number[] = [];
  for (let nowMs = momentAt(0); waits.length < 6;) {
    const atMs = circuitAvailableAtMs(circuit) ?? nowMs;
    waits.push((atMs - nowMs) / 60_000);
    nowMs = atMs;
    circuit = afterCircuitSignal(takeCircuitTrial(circuit, nowMs), { kind: "refused" }, nowMs);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15]);
});

test("an open circuit takes one trial at its time, and the trial's answer closes it", () => {
  const open = after(closedCircuit, { kind: "refused" });
  assert.equal(isCircuitAvailable(open, momentAt(59_999)), false);
  const trying = takeCircuitTrial(open, momentAt(60_000));
  assert.equal(trying.kind, "half-open");
  assert.equal(isCircuitAvailable(trying, momentAt(60_000)), false);
  assert.deepEqual(after(trying, answered("a")), closedCircuit);
  const given = afterCircuitSignal(trying, { kind: "no-verdict" }, momentAt(60_001));
  assert.equal(isCircuitAvailable(given, momentAt(60_001)), true);
});

test("one caller's trials do not keep it open for the others", () => {
  const open = after(closedCircuit, failed("a"), failed("b"), failed("a"), failed("b"));
  const atMs = circuitAvailableAtMs(open) ?? assert.fail();
  const once = afterCircuitSignal(takeCircuitTrial(open, atMs), failed("a"), atMs);
  const againMs = circuitAvailableAtMs(once) ?? assert.fail();
  assert.ok(againMs > atMs);
  const twice = afterCircuitSignal(takeCircuitTrial(once, againMs), failed("a"), againMs);
  assert.equal(isCircuitAvailable(twice, againMs), true);
  const other = afterCircuitSignal(takeCircuitTrial(twice, againMs), failed("b"), againMs);
  assert.ok((circuitAvailableAtMs(other) ?? 0) - againMs > againMs - atMs);
});

test("what is remembered is bounded for each caller and in all", () => {
  const many = Array.from({ length: 2_000 }, (_, at) => answered(`c${at % 100}`));
  const circuit = after(closedCircuit, ...many);
  assert.ok(circuit.kind === "closed" && circuit.recent.length <= 256);
  const own = after(closedCircuit, ...Array.from({ length: 100 }, () => answered("a")));
  assert.ok(own.kind === "closed" && own.recent.length === 8);
});

function after(circuit: Circuit, ...signals: readonly CircuitSignal[]): Circuit {
  return signals.reduce((state, signal) => afterCircuitSignal(state, signal, momentAt(0)), circuit);
}
