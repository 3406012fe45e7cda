import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, errorOf } from "../../../test/support/ask.ts";
import { startTestCell } from "../../../test/support/test-cell.ts";
import { type CellId, elapsedMs, settled } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import type { LedgerState } from "../../store/index.ts";
import { beginLife } from "../exchange/thread-services.ts";
import { lookAtLedger, watchLedger } from "./ledger-watch.ts";

const well: LedgerState = {
  isWritable: true,
  reason: null,
  sealSilenceMs: 900,
  size: 1,
  sealedSize: 1,
  pendingCount: 0,
  quorumMissingSinceMs: null,
  witnesses: [],
  clock: { reading: "agreed", byMs: 0, isHeld: false, settledMs: settled(0), correctedCount: 0 },
};

type Watched = Parameters<typeof lookAtLedger>[0];

function watchedOf(state: () => LedgerState, raised: string[], isDraining = false): Watched {
  const ledger = { state } as Watched["ledger"];
  return {
    ledger,
    life: { ...beginLife(), isDraining },
    cell: "eu-frankfurt" as CellId,
    alarm: (alarm) => raised.push(alarm),
    log: () => undefined,
  };
}

/** The alarms that are raised while the ledger is in one state after the other. */
function alarmsOf(...states: readonly Partial<LedgerState>[]): readonly string[] {
  const raised: string[] = [];
  let state = well;
  const look = lookAtLedger(watchedOf(() => state, raised));
  for (const each of states) {
    state = { ...well, ...each };
    look();
  }
  return raised;
}

test("appends that stall, and sealing that does not come round for half a minute, are an alarm each, once a time", () => {
  const stalled = { isWritable: false };
  assert.deepEqual(alarmsOf({}, stalled, stalled, {}, stalled), ["ledger_stalled", "ledger_stalled"]);
  assert.deepEqual(alarmsOf({ sealSilenceMs: 29_999 }), []);
  assert.deepEqual(alarmsOf({ sealSilenceMs: 30_000 }, { sealSilenceMs: 31_000 }), ["sealing_stalled"]);
});

test("a log that is closed is an alarm of a cell that serves, and none of one that leaves", () => {
  const closed = { ...well, isWritable: false, reason: "closed" } as const;
  const raised: string[] = [];
  lookAtLedger(watchedOf(() => closed, raised, true))();
  assert.deepEqual(raised, []);
  assert.deepEqual(alarmsOf({}, closed), ["ledger_poisoned"]);
});

test("a log that has failed for good is an alarm, whether anybody asked for an entry or not, and also while the cell leaves", (t) => {
  const failed = { isWritable: false, reason: "disk_full" } as const;
  assert.deepEqual(alarmsOf({}, failed, failed), ["ledger_poisoned"]);
  const stalled = { isWritable: false, reason: "stalled" } as const;
  assert.deepEqual(alarmsOf(stalled), ["ledger_poisoned", "ledger_stalled"]);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const raised: string[] = [];
  const watch = watchLedger(watchedOf(() => ({ ...well, ...failed }), raised));
  watch.stop();
  assert.deepEqual(raised, ["ledger_poisoned"]);
});

test("a disk that hangs makes no caller hang: 503 soon after the deadline, and the outcome when the disk answers", async (t) => {
  const disk = Promise.withResolvers<void>();
  let isHanging = false;
  const cell = await startTestCell(t, {
    disk: () => (isHanging ? disk.promise : Promise.resolve()),
    limits: { deadlineMs: 1_000 },
  });
  isHanging = true;
  const startedMs = monotonicNow();
  const [whole, refused] = await Promise.all([
    askChat(cell, { headers: { "bailiwick-jurisdiction": "DE" } }),
    askChat(cell, { headers: { "bailiwick-jurisdiction": "RU" } }),
  ]);
  assert.ok(elapsedMs(startedMs, monotonicNow()) < 9_000);
  for (const answer of [whole, refused]) {
    assert.equal(answer.status, 503);
    assert.equal(errorOf(answer).type, "gateway_ledger_unavailable");
  }
  disk.resolve();
  isHanging = false;
  while (!cell.entries.some(({ t: kind }) => kind === "outcome")) await new Promise(setImmediate);
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  assert.equal(outcome?.result, "failed");
  assert.equal(outcome?.error, "gateway_ledger_unavailable");
  assert.equal((await askChat(cell, {})).status, 200);
});

test("a disk that hangs before the outcome gives no answer without one", async (t) => {
  const disk = Promise.withResolvers<void>();
  let appendCount = 0;
  let from = Number.POSITIVE_INFINITY;
  const cell = await startTestCell(t, {
    disk: () => (++appendCount >= from ? disk.promise : Promise.resolve()),
    limits: { deadlineMs: 1_000 },
  });
  from = appendCount + 2;
  const answer = await askChat(cell, {});
  assert.equal(answer.status, 503);
  assert.equal(errorOf(answer).type, "gateway_ledger_unavailable");
  disk.resolve();
});
