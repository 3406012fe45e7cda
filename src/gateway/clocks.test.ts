// What a wall clock that somebody sets must leave alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, errorOf } from "../../test/support/ask.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import { startTestCell, type TestCellOptions } from "../../test/support/test-cell.ts";

const hourMs = 3_600_000;

/** Both stand still unless the test winds them. */
class Clocks {
  wallMs: number = Date.parse("2026-11-20T12:00:00Z");
  monotonicMs = 5_000;
  readonly options: Pick<TestCellOptions, "now" | "monotonicNow"> = {
    now: () => this.wallMs,
    monotonicNow: () => momentAt(this.monotonicMs),
  };
}

for (const { direction, stepMs } of [
  { direction: "forward", stepMs: hourMs },
  { direction: "back", stepMs: -hourMs },
]) {
  test(`a wall clock that is set an hour ${direction} closes no circuit, and the back-off ends in its own time`, async (t) => {
    const clocks = new Clocks();
    const cell = await startTestCell(t, clocks.options);
    await cell.setFault("fra-1", "refuse");
    assert.equal((await askChat(cell, { model: "solo" })).status, 503);
    await cell.setFault("fra-1", "none");
    const before = await cell.requestsAt("fra-1");
    clocks.wallMs += stepMs;
    const refused = await askChat(cell, { model: "solo" });
    assert.deepEqual([refused.status, errorOf(refused).type], [503, "policy_region_unavailable"]);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(await cell.requestsAt("fra-1"), before);
    clocks.monotonicMs += 1_000;
    assert.equal((await askChat(cell, { model: "solo" })).status, 200);
  });

  test(`a wall clock that is set an hour ${direction} fills no bucket and empties none`, async (t) => {
    const clocks = new Clocks();
    const cell = await startTestCell(t, clocks.options);
    const status = async (): Promise<number> => (await askChat(cell, { tenant: "slow" })).status;
    assert.equal(await status(), 200);
    clocks.wallMs += stepMs;
    assert.equal(await status(), 200);
    assert.equal(await status(), 429);
    clocks.wallMs += stepMs;
    assert.equal(await status(), 429);
    clocks.monotonicMs += 30_000;
    assert.equal(await status(), 200);
  });

  test(`a wall clock that is set an hour ${direction} during a request leaves its duration right`, async (t) => {
    const clocks = new Clocks();
    let isWound = false;
    const cell = await startTestCell(t, {
      ...clocks.options,
      disk: async () => {
        if (isWound) return;
        isWound = true;
        clocks.wallMs += stepMs;
        clocks.monotonicMs += 250;
      },
    });
    assert.equal((await askChat(cell)).status, 200);
    const outcome = cell.entries.find((entry) => entry.t === "outcome");
    assert.equal(outcome?.durationMs, 250);
    const line = cell.logLines.find((each) => each.includes('"request_finished"'));
    assert.match(line ?? "", /"durationMs":250[,}]/);
  });
}
