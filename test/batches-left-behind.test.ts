// Batches that an earlier process left, and what lies beside them by then: the next one brings each to an end, once.
import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { dayMs } from "../src/base/index.ts";
import { eventually } from "./support/demo.ts";
import {
  chatLines,
  clientOf,
  resultsIn,
  startStoringCell,
  submit,
  whenBatch,
  whenOver,
} from "./support/storing-cell.ts";
import type { TestCell } from "./support/test-cell.ts";

/** Some 40 ms for each answer. */
const timing = { prefillBaseMs: 40, prefillTokensPerSecond: 1_000_000, decodeMsPerToken: 0 };

test("a batch whose end was written down just before a crash is over, and holds up no other", async (t) => {
  const directory = temporary(t);
  const first = await startStoringCell(t, { directory });
  const { id } = await submit(clientOf(first), chatLines(2));
  const before = await whenOver(clientOf(first), id);
  await end(first);
  const open = join(objectIn(directory, id), "open");
  writeFileSync(open, "");
  const second = await startStoringCell(t, { directory });
  const other = await submit(clientOf(second), chatLines(2));
  assert.equal((await whenOver(clientOf(second), other.id)).status, "completed");
  await eventually(() => !existsSync(open), 10_000);
  assert.deepEqual(await clientOf(second).batches.retrieve(id), before);
});

test("a batch whose input was damaged in the meantime has failed, with what was answered by then", async (t) => {
  const { directory, id, input } = await leaveBegun(t);
  damage(join(objectIn(directory, input), "content"));
  const cell = await startStoringCell(t, { directory });
  const batch = await whenOver(clientOf(cell), id);
  assert.deepEqual(
    [batch.status, batch.errors?.data?.map(({ code, message }) => [code, message])],
    ["failed", [["input_file_unavailable", "the input file is damaged"]]],
  );
  const output = await resultsIn(clientOf(cell), batch.output_file_id);
  assert.ok(output.length > 0 && output.length === batch.request_counts?.completed, `${output.length}`);
  assert.equal(complaints(cell), 1);
  assert.ok(!existsSync(join(objectIn(directory, id), "open")));
});

test("a list passes over what is damaged, says so in the log, and tells all else", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  const client = clientOf(cell);
  const { id } = await submit(client, chatLines(1));
  const { input_file_id: input, output_file_id: output } = await whenOver(client, id);
  const other = await submit(client, chatLines(1));
  const { input_file_id: left } = await whenOver(client, other.id);
  for (const damaged of [id, input]) damage(join(objectIn(directory, damaged), "about"));
  const files = [];
  for await (const file of client.files.list()) files.push(file.id);
  assert.ok(!files.includes(input) && files.includes(left) && files.includes(output ?? ""));
  const batches = [];
  for await (const batch of client.batches.list()) batches.push(batch.id);
  assert.deepEqual(batches, [other.id]);
  assert.ok(complaints(cell) >= 2);
});

test("a batch whose window and whose input are both over has failed, since of its lines nothing can be said", async (t) => {
  const { directory, id, input } = await leaveBegun(t);
  rmSync(objectIn(directory, input), { recursive: true });
  const cell = await startStoringCell(t, { directory, now: () => Date.now() + dayMs });
  const batch = await whenOver(clientOf(cell), id);
  assert.deepEqual([batch.status, batch.errors?.data?.[0]?.code], ["failed", "input_file_unavailable"]);
  assert.ok((await resultsIn(clientOf(cell), batch.output_file_id)).length > 0);
});

test("a batch that nobody can read is told of once, and holds up no other", async (t) => {
  const { directory, id } = await leaveBegun(t);
  damage(join(objectIn(directory, id), "about"));
  const cell = await startStoringCell(t, { directory });
  const other = await submit(clientOf(cell), chatLines(2));
  assert.equal((await whenOver(clientOf(cell), other.id)).status, "completed");
  await pause(6_000);
  assert.equal(complaints(cell), 1);
});

test("a batch whose results cannot be written lets others go before it, and goes on once they can be", async (t) => {
  const { directory, id } = await leaveBegun(t);
  const errors = join(objectIn(directory, id), "errors");
  rmSync(errors);
  mkdirSync(errors);
  const cell = await startStoringCell(t, { directory });
  const client = clientOf(cell);
  const other = await submit(client, chatLines(2));
  assert.equal((await whenOver(client, other.id)).status, "completed");
  assert.equal((await client.batches.retrieve(id)).status, "in_progress");
  rmSync(errors, { recursive: true });
  assert.equal((await whenOver(client, id)).status, "completed");
});

test("what cannot be read of one tenant's holds up no batch of another's", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  mkdirSync(join(directory, "batches"));
  // So many that in no order is the right one the first.
  for (const digit of "0123456789abcdef")
    writeFileSync(join(directory, "batches", digit.repeat(32)), "no folder");
  const { id } = await submit(clientOf(cell), chatLines(2));
  assert.equal((await whenOver(clientOf(cell), id)).status, "completed");
});

interface Left {
  readonly directory: string;
  readonly id: string;
  /** The file that its lines are in. */
  readonly input: string;
}

/** A batch of which some lines are answered, and no process to run it. */
async function leaveBegun(t: TestContext): Promise<Left> {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory, timing, limits: { drainTimeoutMs: 0 } });
  const client = clientOf(cell);
  const { id, input_file_id: input } = await submit(client, chatLines(120));
  await whenBatch(client, id, ({ request_counts: counts }) => (counts?.completed ?? 0) > 0);
  await end(cell);
  return { directory, id, input };
}

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function complaints({ logLines }: TestCell): number {
  return logLines.filter((line) => line.includes("internal_error")).length;
}

/** With what is under way left where it is. */
async function end({ gateway, ledger }: TestCell): Promise<void> {
  await gateway.drain();
  await ledger.close();
}

/** Where the batch or file lies. */
function objectIn(directory: string, id: string): string {
  const [found = "none"] = globSync(`{batches,files}/*/${id}`, { cwd: directory });
  return join(directory, found);
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-batches-left-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
