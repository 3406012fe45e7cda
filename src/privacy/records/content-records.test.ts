// The bytes of a record, and days on the shelf.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { dayMs, encodeUtf8, type RequestId, type TenantId, settled } from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { maxFrameBytes } from "./record-format.ts";
import { ContentRecords, type RecordSummary } from "./content-records.ts";

const nowMs = settled(Date.parse("2026-11-20T14:00:00Z"));
const tenant = "7".repeat(32);
const request = encodeUtf8('{"model":"assistant"}');
const answer = encodeUtf8("what was answered");

interface Shelf {
  readonly shelf: ContentRecords;
  readonly directory: string;
  readonly key: SubjectKey;
}

async function openShelf(t: TestContext): Promise<Shelf> {
  const state = mkdtempSync(join(tmpdir(), "bailiwick-records-"));
  t.after(() => rm(state, { recursive: true, force: true }));
  const vault = await openTestVault(state);
  const key = await vault.subjectKey({ tenant: "demo-bank" as TenantId, person: null }, nowMs);
  const directory = join(state, "records");
  return {
    shelf: new ContentRecords({ directory, deployment: "test.example", cell: "cell-1" }),
    directory,
    key,
  };
}

function ridOf(number: number): RequestId {
  return number.toString(16).padStart(32, "0") as RequestId;
}

async function put(
  { shelf, key }: Shelf,
  number: number,
  { keptDays = 30, body = request, parts = [answer] } = {},
): Promise<RecordSummary> {
  const rid = ridOf(number);
  const keptUntilMs = nowMs + keptDays * dayMs;
  const record = await shelf.begin({ rid, tenant, key, keptUntilMs }, body);
  for (const part of parts) await record.answer(part);
  await record.end();
  return summaryOf(shelf, number);
}

async function summaryOf(shelf: ContentRecords, number: number): Promise<RecordSummary> {
  const found = await shelf.find(ridOf(number));
  assert.ok(found);
  return found;
}

test("a record is read back as it was written, and what lies on disk holds none of it", async (t) => {
  const opened = await openShelf(t);
  const summary = await put(opened, 1);
  assert.equal(summary.deletedOn, "2026-12-21");
  assert.equal(summary.subject, opened.key.handle);
  const content = await opened.shelf.read(summary, opened.key);
  assert.deepEqual(
    { ...content, request: Buffer.from(content.request), answer: Buffer.from(content.answer) },
    {
      request: Buffer.from(request),
      answer: Buffer.from(answer),
      isComplete: true,
    },
  );
  const stored = readFileSync(join(opened.directory, summary.deletedOn, summary.rid));
  assert.ok(!stored.includes("assistant") && !stored.includes("answered"));
});

test("contents larger than a frame are read back, however their pieces were cut", async (t) => {
  const opened = await openShelf(t);
  const body = new Uint8Array(3 * maxFrameBytes + 1).fill(0x61);
  const parts = [1, maxFrameBytes - 1, maxFrameBytes, 2 * maxFrameBytes + 7, 3].map((size, index) =>
    new Uint8Array(size).fill(index),
  );
  const content = await opened.shelf.read(await put(opened, 1, { body, parts }), opened.key);
  assert.ok(Buffer.from(content.request).equals(body));
  assert.ok(Buffer.from(content.answer).equals(Buffer.concat(parts)));
});

test("cut off anywhere, a record is a beginning of what it was, and says so", async (t) => {
  const opened = await openShelf(t);
  const summary = await put(opened, 1);
  const file = join(opened.directory, summary.deletedOn, summary.rid);
  const whole = readFileSync(file);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    const found = await opened.shelf.find(summary.rid);
    if (found === null) continue;
    const content = await opened.shelf.read(found, opened.key);
    assert.equal(content.isComplete, false, `cut to ${length} bytes`);
    assert.ok(Buffer.from(answer).subarray(0, content.answer.length).equals(content.answer));
  }
});

test("with any byte changed, a record gives nothing but an error or a beginning", async (t) => {
  const opened = await openShelf(t);
  const summary = await put(opened, 1);
  const file = join(opened.directory, summary.deletedOn, summary.rid);
  const whole = readFileSync(file);
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    writeFileSync(file, changed);
    const found = await opened.shelf.find(summary.rid);
    const content = found && (await opened.shelf.read(found, opened.key).catch(() => null));
    assert.ok(content === null || !content.isComplete, `byte ${at}`);
  }
});

test("under another request's name, a record does not open", async (t) => {
  const opened = await openShelf(t);
  const { deletedOn, rid } = await put(opened, 1);
  renameSync(join(opened.directory, deletedOn, rid), join(opened.directory, deletedOn, ridOf(2)));
  await assert.rejects(opened.shelf.read(await summaryOf(opened.shelf, 2), opened.key), /damaged/);
});

test("on another cell's shelf, a record does not open", async (t) => {
  const opened = await openShelf(t);
  const summary = await put(opened, 1);
  const other = new ContentRecords({
    directory: opened.directory,
    deployment: "test.example",
    cell: "cell-2",
  });
  await assert.rejects(other.read(summary, opened.key), /damaged/);
});

test("one request has one record", async (t) => {
  const opened = await openShelf(t);
  await put(opened, 1);
  await assert.rejects(put(opened, 1), /cannot be written/);
});

test("days that are over are deleted, but for records under a key that is held", async (t) => {
  const opened = await openShelf(t);
  await put(opened, 1, { keptDays: 1 });
  await put(opened, 2, { keptDays: 2 });
  const none = new Set<string>();
  assert.equal(await opened.shelf.sweep(settled(nowMs + dayMs), none), 0);
  assert.equal(await opened.shelf.sweep(settled(nowMs + 2 * dayMs), new Set([opened.key.handle])), 0);
  assert.equal(await opened.shelf.sweep(settled(nowMs + 2 * dayMs), none), 1);
  assert.deepEqual(readdirSync(opened.directory), ["2026-11-23"]);
  // A day that was deleted can be written to again.
  await put(opened, 3, { keptDays: 1 });
  assert.equal((await summaryOf(opened.shelf, 3)).deletedOn, "2026-11-22");
});
