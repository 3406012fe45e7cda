import assert from "node:assert/strict";
import { test } from "node:test";
import { faultModes, FaultSwitch, noFault, parseFault } from "./fault.ts";

test("every mode is read, with and without `after`", () => {
  for (const mode of faultModes) {
    assert.deepEqual(parseFault(JSON.stringify({ mode })), { ok: true, value: { mode, after: null } });
    assert.deepEqual(parseFault(JSON.stringify({ mode, after: 3 })), { ok: true, value: { mode, after: 3 } });
  }
});

for (const text of [
  "",
  "1",
  "null",
  "{}",
  '{"mode":"broken"}',
  '{"mode":"cut","after":-1}',
  '{"mode":"cut","after":"1"}',
]) {
  test(`\`${text}\` is no fault`, () => assert.equal(parseFault(text).ok, false));
}

for (const mode of ["down", "refuse", "slow", "wrong-region"] as const) {
  test(`${mode} spares as many requests as it was told to`, () => {
    const faults = new FaultSwitch();
    faults.set({ mode, after: 2 });
    assert.deepEqual([faults.take(), faults.take(), faults.take().mode], [noFault, noFault, mode]);
  });
}

for (const mode of ["hang", "cut", "error"] as const) {
  test(`${mode} befalls the next request, which knows after how many chunks`, () => {
    const faults = new FaultSwitch();
    faults.set({ mode, after: 2 });
    assert.deepEqual(faults.take(), { mode, after: 2 });
  });
}

test("an engine goes down once the spared requests have come, and comes back when told", () => {
  const faults = new FaultSwitch();
  faults.set({ mode: "down", after: 1 });
  assert.equal(faults.isDown, false);
  faults.take();
  assert.equal(faults.isDown, true);
  faults.set(noFault);
  assert.equal(faults.isDown, false);
});
