// What a cell says and does while its clocks disagree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import { startTestCell, type TestCellOptions } from "../../test/support/test-cell.ts";
import { dayMs, settled } from "../base/index.ts";

const now = Date.parse("2026-11-29T12:00:00Z");

/** As after a jump of five days that was found out. */
const ahead: NonNullable<TestCellOptions["clock"]> = () => ({
  reading: "ahead",
  byMs: 5 * dayMs,
  isHeld: true,
  settledMs: settled(now - 5 * dayMs),
  correctedCount: 3,
});

test("a clock that is not believed raises the alarm once, and log, metrics and readiness tell by how much, while requests go on", async (t) => {
  const cell = await startTestCell(t, { now: () => now, clock: ahead });
  assert.equal((await askChat(cell)).status, 200);
  const lines = cell.logLines.filter((line) => /clock_disagrees|clock_changed|dates_corrected/.test(line));
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? "", /"event":"alarm".*"alarm":"clock_disagrees"/);
  assert.match(lines[1] ?? "", /"reading":"ahead","byMs":432000000,"isHeld":true/);
  assert.match(lines[2] ?? "", /"count":3/);
  const ready = await fetch(`${cell.gateway.adminUrl}/readyz?verbose`);
  assert.equal(ready.status, 200);
  const { clock } = (await ready.json()) as { readonly clock: unknown };
  assert.deepEqual(clock, { reading: "ahead", byMs: 5 * dayMs, isHeld: true, correctedCount: 3 });
  const metrics = await (await fetch(`${cell.gateway.adminUrl}/metrics`)).text();
  assert.match(metrics, /bailiwick_clock_held\{cell="eu-frankfurt"\} 1\n/);
  assert.match(metrics, /bailiwick_clock_difference_seconds\{cell="eu-frankfurt"\} 432000\n/);
  assert.match(metrics, /bailiwick_ledger_dates_corrected\{cell="eu-frankfurt"\} 3\n/);
});

test("a hold whose time is over by a clock that is not believed stands against an erasure until the clocks agree", async (t) => {
  let isWrong = true;
  const clock: typeof ahead = () => ({
    ...ahead(),
    isHeld: isWrong,
    settledMs: settled(isWrong ? now - 5 * dayMs : now),
  });
  const cell = await startTestCell(t, { now: () => now, clock });
  await askChat(cell);
  const subject = cell.entries.find((entry) => entry.t === "decision")?.subject;
  const hold = { subject, reason: "litigation", untilMs: now - dayMs };
  assert.equal((await askAdmin(cell, "POST", "/admin/holds", hold)).status, 200);
  const erasure = { subject, ground: "gdpr-17-1-b" };
  const held = await askAdmin(cell, "POST", "/admin/erasures", erasure);
  assert.deepEqual([held.status, held.body["code"]], [409, "held"]);
  isWrong = false;
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", erasure)).status, 200);
});

test("who says that the wall clock is right has to say what it says", async (t) => {
  const cell = await startTestCell(t);
  const tell = (moment: string): ReturnType<typeof askAdmin> =>
    askAdmin(cell, "POST", "/admin/clock", { now: moment });
  const wrong = await tell("2020-01-01T00:00:00Z");
  assert.deepEqual([wrong.status, wrong.body["code"]], [409, "clock_disagrees"]);
  assert.match(String(wrong.body["detail"]), /the cell's wall clock says .* set it right first/);
  assert.equal((await tell("today")).status, 400);
  const right = await tell(new Date().toISOString());
  assert.equal(right.status, 200);
  assert.deepEqual([right.body["reading"], right.body["isHeld"]], ["agreed", false]);
});

test("a wall clock that is set back 5 s under a request leaves one complete outcome and no negative number", async (t) => {
  let wallMs = now;
  const cell = await startTestCell(t, {
    now: () => wallMs,
    disk: async () => {
      wallMs = now - 5_000;
    },
  });
  assert.equal((await askChat(cell)).status, 200);
  const outcomes = cell.entries.filter((entry) => entry.t === "outcome");
  assert.deepEqual(
    outcomes.map(({ result }) => result),
    ["complete"],
  );
  assert.doesNotMatch(cell.metrics(), / -\d/);
});

test("no outcome is lost to its own schema: durations are whole and not negative, whatever the clock does", async (t) => {
  for (const stepMs of [-2_500, 0.4, 1_000.7]) {
    let monotonicMs = 5_000;
    const cell = await startTestCell(t, {
      monotonicNow: () => momentAt(monotonicMs),
      disk: async () => {
        monotonicMs += stepMs;
      },
    });
    assert.equal((await askChat(cell)).status, 200);
    const [outcome] = cell.entries.filter((entry) => entry.t === "outcome");
    assert.equal(outcome?.result, "complete");
    const { durationMs } = outcome;
    assert.ok(durationMs !== null && durationMs >= 0 && Number.isInteger(durationMs));
    assert.doesNotMatch(cell.metrics(), / -\d/);
  }
});
