import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestCell } from "../../../test/support/test-cell.ts";
import type { CopyState } from "../../store/index.ts";
import { copyAlarm } from "./copy-watch.ts";

const well: CopyState = {
  status: "copying",
  refusal: null,
  behindEntries: 12,
  lagMs: 300_000,
  objectCount: 40,
};

test("copies that are more than five minutes behind are an alarm, however they came to be", () => {
  assert.equal(copyAlarm(well), null);
  assert.equal(copyAlarm({ ...well, status: "failing" }), null);
  assert.equal(copyAlarm({ ...well, lagMs: 300_001 }), "worm_behind");
  assert.equal(copyAlarm({ ...well, status: "refused", refusal: "no_object_lock" }), "worm_halted");
  assert.equal(copyAlarm({ ...well, status: "stopped", lagMs: 0 }), "worm_halted");
});

test("the lag of the copies is measured, and the alarm is raised once", async (t) => {
  const state: CopyState = { ...well, lagMs: 301_000 };
  const cell = await startTestCell(t, { copies: () => state });
  const metrics = cell.metrics();
  assert.match(metrics, /bailiwick_worm_lag_seconds\{cell="eu-frankfurt"\} 301\n/);
  assert.match(metrics, /bailiwick_worm_behind_entries\{cell="eu-frankfurt"\} 12\n/);
  assert.match(metrics, /bailiwick_worm_copying\{cell="eu-frankfurt"\} 1\n/);
  assert.match(metrics, /bailiwick_alarms_total\{cell="eu-frankfurt",kind="worm_behind"\} 1\n/);
  assert.ok(cell.logLines.some((line) => line.includes('"worm_behind"')));
});
