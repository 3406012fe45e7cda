import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { askChat } from "../../../test/support/ask.ts";
import { liftOf, noteOf, policyWithCounsel, putNote, suspension } from "../../../test/support/legal-notes.ts";
import { startTestCell, type TestCell } from "../../../test/support/test-cell.ts";
import { LedgerUnavailableError } from "../../store/index.ts";

const policy = policyWithCounsel;
const stops = ["stop-1", "stop-2"].map((id, at) => noteOf(suspension(id, "endpoint", `fra-${at + 1}`)));

test("a disk that hangs keeps no suspension from having effect, and when it answers each is on record, once", async (t) => {
  const disk = Promise.withResolvers<void>();
  let isHanging = false;
  const cell = await startTestCell(t, { policy, disk: () => (isHanging ? disk.promise : Promise.resolve()) });
  isHanging = true;
  await putOneByOne(cell);
  assert.deepEqual(recorded(cell), []);
  isHanging = false;
  disk.resolve();
  await untilRecorded(cell, ["stop-1", "stop-2"]);
});

test("what an overloaded ledger did not take of a suspension or a lift is on record when it takes entries again", async (t) => {
  let isOverloaded = false;
  const cell = await startTestCell(t, {
    policy,
    disk: () => (isOverloaded ? Promise.reject(new LedgerUnavailableError("overloaded")) : Promise.resolve()),
  });
  isOverloaded = true;
  await putOneByOne(cell);
  putNote(cell.legalDirectory, "c.note", noteOf(liftOf("stop-2")));
  await pause(1_100);
  assert.deepEqual(recorded(cell), []);
  assert.match(cell.metrics(), /bailiwick_legal_events\{cell="eu-frankfurt"\} 2\n/);
  isOverloaded = false;
  await untilRecorded(cell, ["stop-1", "stop-2", "lift-stop-2"]);
  const answer = await askChat(cell);
  assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
});

/** Each has effect before the next one comes. */
async function putOneByOne(cell: TestCell): Promise<void> {
  for (const [at, note] of stops.entries()) {
    putNote(cell.legalDirectory, `${at}.note`, note);
    while (!cell.metrics().includes(`bailiwick_legal_events{cell="eu-frankfurt"} ${at + 1}\n`))
      await pause(5);
  }
}

function recorded({ entries }: TestCell): readonly string[] {
  return entries.flatMap((entry) => (entry.t === "legal" ? [entry.event] : []));
}

async function untilRecorded(cell: TestCell, events: readonly string[]): Promise<void> {
  while (recorded(cell).length < events.length) await pause(5);
  await pause(1_100);
  assert.deepEqual(recorded(cell), events);
}
