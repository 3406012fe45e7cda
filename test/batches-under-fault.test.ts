// Batches while things go wrong: what is answered stays answered, and nothing is sent that may not be.
import assert from "node:assert/strict";
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { queryObjects } from "node:v8";
import type OpenAI from "openai";
import { askAdmin } from "./support/ask-admin.ts";
import { eventually } from "./support/demo.ts";
import { noteOf, putNote, suspension } from "./support/legal-notes.ts";
import {
  chatLines,
  clientOf,
  resultsIn,
  startStoringCell,
  storingPolicy,
  submit,
  submitFile,
  upload,
  whenBatch,
  whenOver,
} from "./support/storing-cell.ts";
import { keyHash, type TestCell } from "./support/test-cell.ts";

/** Some 40 ms for each answer: a batch of these tests takes a second or so. */
const timing = { prefillBaseMs: 40, prefillTokensPerSecond: 1_000_000, decodeMsPerToken: 0 };

test("a cell that ends in the middle of a batch goes on with it: each line has one result, and what was run twice says so", async (t) => {
  const directory = temporary(t);
  const first = await startStoringCell(t, { directory, timing, limits: { drainTimeoutMs: 0 } });
  const { id } = await submit(clientOf(first), chatLines(120));
  await begun(first, id);
  await first.gateway.drain();
  await first.ledger.close();
  const before = permitsOf(first);
  const second = await startStoringCell(t, { directory });
  const client = clientOf(second);
  const batch = await whenOver(client, id);
  assert.deepEqual(
    [batch.status, batch.request_counts],
    ["completed", { total: 120, completed: 120, failed: 0 }],
  );
  const output = await resultsIn(client, batch.output_file_id);
  assert.equal(new Set(output.map((line) => line.custom_id)).size, 120);
  assert.equal(output.length, 120);
  const repeated = output.filter((line) => line.repeated === true).length;
  // Of what the first cell had asked, all but the results that it wrote are asked again, and say so.
  const written = 120 - (permitsOf(second) - 1);
  assert.ok(before - 2 >= written && written > 0, `${before} and ${written}`);
  assert.ok(repeated >= before - 2 - written, `${repeated}`);
});

test("once its subject is erased a batch sends nothing more, and nothing of it is left", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory, timing });
  const client = clientOf(cell, "demo-bank", { "bailiwick-subject": "anna" });
  const { id } = await submit(client, chatLines(400));
  await begun(cell, id, { "bailiwick-subject": "anna" });
  const erased = await askAdmin(cell, "POST", "/admin/erasures", {
    tenant: "demo-bank",
    person: "anna",
    ground: "gdpr-17-1-a",
  });
  assert.equal(erased.status, 200, JSON.stringify(erased.body));
  await eventually(async () => globSync("batches/*/batch_*", { cwd: directory }).length === 0, 10_000);
  const sent = permitsOf(cell);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(permitsOf(cell), sent);
  assert.ok(sent < 300, `${sent}`);
  await assert.rejects(client.batches.retrieve(id), { status: 404 });
});

test("a legal event that comes while a batch runs holds for each line after it", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const client = clientOf(cell);
  const { id } = await submit(client, chatLines(200));
  await begun(cell, id);
  for (const operator of ["rhein-cloud", "pacific-cloud"])
    putNote(
      cell.legalDirectory,
      `${operator}.note`,
      noteOf(suspension(`stop-${operator}`, "operator", operator)),
    );
  const batch = await whenOver(client, id);
  assert.equal(batch.status, "completed");
  const { total = 0, completed = 0, failed = 0 } = batch.request_counts ?? {};
  assert.ok(
    total === 200 && completed > 0 && failed > 0 && completed + failed === 200,
    `${completed} ${failed}`,
  );
  const refusals = cell.entries.filter((entry) => entry.t === "decision" && entry.verdict === "refuse");
  assert.ok(refusals.length >= failed);
});

test("a batch whose file is deleted while it runs has failed, with what was answered by then", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const client = clientOf(cell);
  const file = await upload(client, chatLines(400).join("\n"));
  const { id } = await submitFile(client, file.id);
  await begun(cell, id);
  await client.files.delete(file.id);
  const batch = await whenOver(client, id);
  assert.deepEqual([batch.status, batch.errors?.data?.[0]?.code], ["failed", "input_file_unavailable"]);
  const output = await resultsIn(client, batch.output_file_id);
  assert.ok(output.length > 0 && output.length < 400, `${output.length}`);
});

test("a batch whose file is deleted when all its lines are answered, but not yet on a slow disk, is completed without an error", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const client = clientOf(cell);
  const file = await upload(client, chatLines(20).join("\n"));
  const before = outcomesOf(cell);
  await slowDisk(t, 900);
  const { id } = await submitFile(client, file.id);
  // Of its submission there is one too.
  await eventually(() => outcomesOf(cell) >= before + 21, 20_000);
  await pause(100);
  await client.files.delete(file.id);
  const batch = await whenOver(client, id);
  assert.deepEqual([batch.status, batch.errors?.data ?? []], ["completed", []]);
  assert.equal((await resultsIn(client, batch.output_file_id)).length, 20);
});

test("a batch that is cancelled lets end what is under way and begins nothing more", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const client = clientOf(cell);
  const { id } = await submit(client, chatLines(400));
  await begun(cell, id);
  assert.match((await client.batches.cancel(id)).status, /^cancell/);
  const batch = await whenOver(client, id);
  assert.equal(batch.status, "cancelled");
  const output = await resultsIn(client, batch.output_file_id);
  assert.equal(output.length, batch.request_counts?.completed);
  assert.ok(output.length > 0 && output.length < 400);
});

test("a batch whose window ends is expired, and says so of each line that was not answered", async (t) => {
  let offsetMs = 0;
  const cell = await startStoringCell(t, { timing, now: () => Date.now() + offsetMs });
  const client = clientOf(cell);
  const { id } = await submit(client, chatLines(400));
  await begun(cell, id);
  offsetMs = 24 * 60 * 60 * 1_000;
  const batch = await whenOver(client, id);
  assert.equal(batch.status, "expired");
  const [output, errors] = [
    await resultsIn(client, batch.output_file_id),
    await resultsIn(client, batch.error_file_id),
  ];
  assert.equal(output.length + errors.length, 400);
  assert.ok(errors.every(({ error, custom_id: line }) => error?.code === "batch_expired" && line !== null));
});

test("a batch that has waited for its whole window says so of each line, as one that has begun", async (t) => {
  let offsetMs = 0;
  const cell = await startStoringCell(t, { timing, now: () => Date.now() + offsetMs });
  const client = clientOf(cell);
  const first = await submit(client, chatLines(400));
  const { id } = await submit(client, [...chatLines(3), "{ not json"]);
  await begun(cell, first.id);
  offsetMs = 24 * 60 * 60 * 1_000;
  const batch = await whenOver(client, id);
  assert.deepEqual(
    [batch.status, batch.request_counts, batch.output_file_id],
    ["expired", { total: 4, completed: 0, failed: 4 }, null],
  );
  const errors = await resultsIn(client, batch.error_file_id);
  assert.deepEqual(
    errors.map(({ error, custom_id: line }) => [error?.code, line]),
    ["line-1", "line-2", "line-3", null].map((line) => ["batch_expired", line]),
  );
});

test("a batch has no more results than its tenant has room for, and says so", async (t) => {
  const directory = temporary(t);
  const policy = storingPolicy.replaceAll("max-bytes: 2000000", "max-bytes: 1048576");
  const cell = await startStoringCell(t, { directory, policy });
  const client = clientOf(cell);
  const filler = await upload(client, "x".repeat(850_000));
  const file = await upload(client, chatLines(400).join("\n"));
  const { id } = await submitFile(client, file.id);
  const batch = await whenOver(client, id);
  assert.deepEqual([batch.status, batch.errors?.data?.map(({ code }) => code)], ["failed", ["storage_full"]]);
  const output = await resultsIn(client, batch.output_file_id);
  assert.ok(output.length > 0 && output.length < 400, `${output.length}`);
  const answerBytes = JSON.stringify(output[0]).length;
  const bytes = bytesIn(directory);
  assert.ok(bytes > 1_048_576 - 4_096 && bytes < 1_048_576 + 4_096 + 4 * answerBytes, `${bytes}`);
  await assert.rejects(submitFile(client, file.id), { status: 403, type: "caller_storage_full" });
  await assert.rejects(upload(client, "x"), { status: 403, type: "caller_storage_full" });
  await client.files.delete(filler.id);
  const again = await submitFile(client, file.id);
  assert.equal((await whenOver(client, again.id)).status, "completed");
});

test("of a batch that has waited for its window no more is said than there is room for", async (t) => {
  const directory = temporary(t);
  let offsetMs = 0;
  const policy = storingPolicy.replaceAll("max-bytes: 2000000", "max-bytes: 1048576");
  const cell = await startStoringCell(t, { directory, policy, timing, now: () => Date.now() + offsetMs });
  const client = clientOf(cell);
  const lines = Array.from({ length: 200_000 }, () => "{}");
  const first = await submit(client, chatLines(400));
  const { id } = await submit(client, lines);
  await begun(cell, first.id);
  offsetMs = 24 * 60 * 60 * 1_000;
  const batch = await whenOver(client, id);
  assert.deepEqual([batch.status, batch.errors?.data?.[0]?.code], ["failed", "storage_full"]);
  assert.ok(bytesIn(directory) < 1_048_576 + 65_536, `${bytesIn(directory)}`);
});

test("of a line that was answered nothing is kept in memory, however many there are", async (t) => {
  const cell = await startStoringCell(t, {});
  const { id } = await submit(clientOf(cell), chatLines(1_500));
  const livePromises = async (afterLines: number): Promise<number> => {
    await eventually(async () => permitsOf(cell) > afterLines, 60_000);
    return queryObjects(Promise, { format: "count" });
  };
  const [before, later] = [await livePromises(300), await livePromises(1_300)];
  assert.ok(later - before < 500, `${later - before} more promises after 1,000 more lines`);
  await whenOver(clientOf(cell), id);
});

test("a key that is taken from the policy asks for nothing more, also not in a batch", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const { id } = await submit(clientOf(cell), chatLines(200));
  await begun(cell, id);
  await cell.reload(storingPolicy.replace(keyHash("sk-demo-bank"), keyHash("sk-demo-bank-2")));
  await eventually(async () => cell.logLines.some((line) => line.includes("caller_unauthenticated")), 10_000);
  await eventually(async () => !existsSync(join(directoryOf(cell, id), "open")), 20_000);
});

test("a line whose limit is reached waits for its turn and is no error", async (t) => {
  const policy = storingPolicy.replace(/( {2}demo-bank:\s+\{ )/, "$1limits: { concurrent-requests: 2 }, ");
  const cell = await startStoringCell(t, { policy, timing });
  const client = clientOf(cell);
  const file = await upload(client, chatLines(6).join("\n"));
  const { id } = await submitFile(client, file.id);
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const batch = await whenOver(client, id);
  assert.deepEqual(batch.request_counts, { total: 6, completed: 6, failed: 0 });
});

test("whichever thread a batch was submitted in, one thread runs it, once", async (t) => {
  const cell = await startStoringCell(t, { workers: { count: 2 } });
  for (let round = 0; round < 3; round++) {
    // A connection of its own, so that the system may give it to either thread.
    const client = clientOf(cell, "demo-bank", { connection: "close" });
    const { id } = await submit(client, chatLines(5));
    const batch = await whenOver(client, id);
    assert.deepEqual(batch.request_counts, { total: 5, completed: 5, failed: 0 });
    assert.equal((await resultsIn(client, batch.output_file_id)).length, 5);
  }
});

test("on a disk that is slow a batch that ends does not say again that it runs", async (t) => {
  const cell = await startStoringCell(t, { timing });
  const client = clientOf(cell);
  const { id } = await submit(client, chatLines(120));
  await begun(cell, id);
  await slowDisk(t, 700);
  const told: string[] = [];
  await whenBatch(client, id, ({ status }) => {
    if (told.at(-1) !== status) told.push(status);
    return status === "completed";
  });
  assert.deepEqual(told, ["in_progress", "finalizing", "completed"]);
});

test("a cell that ends while it says of an expired batch's lines that they were not answered leaves the rest to the next", async (t) => {
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;
  const directory = temporary(t);
  const first = await startStoringCell(t, { directory, timing, now });
  const { id } = await submit(clientOf(first), chatLines(400));
  await begun(first, id);
  await slowWrites(t, 10);
  offsetMs = 24 * 60 * 60 * 1_000;
  const home = directoryOf(first, id);
  await eventually(() => statSync(join(home, "errors")).size > 0, 10_000);
  await first.gateway.drain();
  await first.ledger.close();
  const left = statSync(join(home, "errors")).size;
  await pause(200);
  assert.equal(statSync(join(home, "errors")).size, left, "it writes no more");
  t.mock.restoreAll();
  const client = clientOf(await startStoringCell(t, { directory, now }));
  const batch = await whenOver(client, id);
  assert.equal(batch.status, "expired");
  const files = [batch.output_file_id, batch.error_file_id];
  const said = (await Promise.all(files.map((file) => resultsIn(client, file)))).flat();
  assert.equal(said.length, 400);
  assert.equal(new Set(said.map((line) => line.custom_id)).size, 400);
});

/** Each `fdatasync` of this thread takes so much longer, until the test ends. */
async function slowDisk(t: TestContext, byMs: number): Promise<void> {
  t.mock.method(await fileHandles(), "datasync", async function slowly(this: FileHandle) {
    await pause(byMs);
    await this.sync();
  });
}

/** The same of each write. */
async function slowWrites(t: TestContext, byMs: number): Promise<void> {
  const prototype = await fileHandles();
  const write: unknown = Reflect.get(prototype, "write");
  assert.ok(typeof write === "function");
  t.mock.method(prototype, "write", async function slowly(this: FileHandle, ...given: unknown[]) {
    await pause(byMs);
    return Reflect.apply(write, this, given) as unknown;
  });
}

async function fileHandles(): Promise<FileHandle> {
  const handle = await open(tmpdir());
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

/** Some of its lines are answered, and some are not. */
async function begun(
  cell: TestCell,
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenAI.Batch> {
  return whenBatch(
    clientOf(cell, "demo-bank", headers),
    id,
    ({ request_counts: counts }) => (counts?.completed ?? 0) > 0,
  );
}

/** Of all files and batches. */
function bytesIn(directory: string): number {
  const found = globSync("{files,batches}/*/*/*", { cwd: directory });
  return found.reduce((total, name) => total + statSync(join(directory, name)).size, 0);
}

function outcomesOf({ entries }: TestCell): number {
  return entries.filter(({ t }) => t === "outcome").length;
}

function permitsOf({ entries }: TestCell): number {
  return entries.filter((entry) => entry.t === "decision" && entry.verdict === "permit").length;
}

function directoryOf({ legalDirectory }: TestCell, id: string): string {
  const state = join(legalDirectory, "..");
  const [found = "none"] = globSync(`batches/*/${id}`, { cwd: state });
  return join(state, found);
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-batches-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
