// The folder of legal events, while it cannot be read.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startTestCell, type TestCell } from "../../../test/support/test-cell.ts";

const readiness = async ({ gateway }: TestCell): Promise<number> =>
  (await fetch(`${gateway.adminUrl}/readyz`)).status;

async function until(cell: TestCell, status: number): Promise<void> {
  for (let look = 0; look < 400; look++) {
    if ((await readiness(cell)) === status) return;
    await delay(50);
  }
  assert.fail(`never ${status}`);
}

for (const { title, takeAway, giveBack } of [
  {
    title: "vanishes",
    takeAway: (folder: string) => renameSync(folder, `${folder}.away`),
    giveBack: (folder: string) => renameSync(`${folder}.away`, folder),
  },
  {
    title: "becomes a file",
    takeAway: (folder: string) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    },
    giveBack: (folder: string) => {
      rmSync(folder);
      mkdirSync(folder);
    },
  },
]) {
  test(`a legal folder that ${title} is an alarm and ends readiness, until it is there again`, async (t) => {
    const cell = await startTestCell(t);
    takeAway(cell.legalDirectory);
    await until(cell, 503);
    assert.equal((await fetch(`${cell.gateway.url}/readyz`)).status, 503);
    const alarms = (): number => cell.logLines.filter((line) => line.includes("legal_events_unheard")).length;
    assert.equal(alarms(), 1);
    giveBack(cell.legalDirectory);
    await until(cell, 200);
    assert.equal(alarms(), 1);
    // What lies there then is met.
    writeFileSync(`${cell.legalDirectory}/a.note`, "no note");
    while (!cell.logLines.some((line) => line.includes("legal_event_refused")))
      await new Promise(setImmediate);
  });
}
