import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type WrittenEntry, parseCheckpoint, parseNote } from "../../ledger/index.ts";
import { signerFrom } from "../../../test/support/ledger-crypto.ts";
import {
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
  decisionEntry,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import { catchUp, type IndexableLog, UnindexableLogError } from "./catch-up.ts";
import type { SearchIndex } from "./search-index.ts";
import { openSqliteIndex } from "./sqlite-index.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiwick-catch-up-"));
after(() => rmSync(directory, { recursive: true }));
const signer = signerFrom(1, origin);
const size = 6000;
/** Every third entry closes the permit two before it, also over the end of a batch. */
const entries: readonly WrittenEntry[] = Array.from({ length: size }, (_, at): WrittenEntry => {
  if (at === 0) return openedEntry(0, 1);
  if (at % 3 === 1) return decisionEntry(at);
  return at % 3 === 2 ? refusalEntry(at) : outcomeEntry(at, at - 2, requestId(at - 2));
});
const whole = buildLog({ entries, signer, sealedAt: [300, 4200, size] });

let opened = 0;
function emptyIndex(): SearchIndex {
  return openSqliteIndex(join(directory, `${opened++}.sqlite`));
}

/** The log as it is when `size` entries are sealed; by default as it ends. */
function logOf(files: LogFiles, sealed: number = size): IndexableLog {
  const reader = readerOf(files);
  return {
    reader,
    readCheckpoint: async () => {
      const note = parseNote(files.get(`checkpoints/${sealed}`) ?? new Uint8Array());
      const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
      return checkpoint.ok ? checkpoint.value : null;
    },
  };
}

async function everything(index: SearchIndex): Promise<unknown> {
  const { records } = await index.query({ limit: size });
  return [await index.heads(), records];
}

async function builtAtOnce(files: LogFiles): Promise<unknown> {
  const index = emptyIndex();
  await catchUp(index, logOf(files));
  const found = await everything(index);
  await index.close();
  return found;
}

test("an index that follows a log holds what one holds that is built from it at once", async () => {
  const index = emptyIndex();
  const added = [];
  for (const sealed of [300, 300, 4200, size])
    added.push((await catchUp(index, logOf(whole, sealed)))?.addedCount);
  assert.deepEqual(added, [300, 0, 3900, 1800]);
  assert.deepEqual(await everything(index), await builtAtOnce(whole));
  const { records } = await index.query({ limit: size, kind: "decision", verdict: "permit" });
  assert.deepEqual(
    records.filter(({ outcome, index }) => outcome !== index + 2).map(({ index }) => index),
    [5998],
  );
  await index.close();
});

test("an index whose writer ends between two batches goes on where it stands", async () => {
  const index = emptyIndex();
  let batches = 0;
  const dying: SearchIndex = Object.assign(Object.create(index) as SearchIndex, {
    add: (batch: Parameters<SearchIndex["add"]>[0]) =>
      ++batches > 1 ? Promise.reject(new Error("the process ended")) : index.add(batch),
    heads: () => index.heads(),
  });
  await assert.rejects(catchUp(dying, logOf(whole)), /the process ended/);
  assert.deepEqual(
    (await index.heads()).map((head) => head.size),
    [4096],
  );
  assert.equal((await catchUp(index, logOf(whole)))?.addedCount, size - 4096);
  assert.deepEqual(await everything(index), await builtAtOnce(whole));
  await index.close();
});

test("two that catch up the same log at once end with one copy of it", async () => {
  const file = join(directory, "shared.sqlite");
  const indexes = [openSqliteIndex(file), openSqliteIndex(file)];
  await Promise.all(indexes.map((index) => catchUp(index, logOf(whole))));
  for (const index of indexes) assert.deepEqual(await everything(index), await builtAtOnce(whole));
  for (const index of indexes) await index.close();
});

test("a log that was exchanged, or cut back, is indexed anew and said to be", async () => {
  const other = buildLog({
    entries: entries.map((entry) => ({ ...entry, n: "f".repeat(32) })),
    signer,
    sealedAt: [300, 4200, size],
  });
  for (const log of [logOf(other), logOf(other, 4200), logOf(whole, 300)]) {
    const index = emptyIndex();
    await catchUp(index, logOf(whole, 4200));
    const report = await catchUp(index, log);
    assert.equal(report?.wasReplaced, true);
    assert.equal(report?.addedCount, report?.size);
    assert.deepEqual(
      (await index.heads()).map((head) => head.size),
      [report?.size],
    );
    await index.close();
  }
});

test("a log whose entries are not those that were sealed is not indexed", async () => {
  for (const path of ["tile/entries/000", "tile/entries/023.p/112"]) {
    const files: LogFiles = new Map(whole);
    const bytes = Uint8Array.from(files.get(path) ?? []);
    // A digit of the first entry's salt.
    const at = Buffer.from(bytes).indexOf('"n":"') + 5;
    bytes[at] = bytes[at] === 0x35 ? 0x36 : 0x35;
    files.set(path, bytes);
    const index = emptyIndex();
    await assert.rejects(catchUp(index, logOf(files)), UnindexableLogError);
    assert.deepEqual(await index.heads(), []);
    await index.close();
  }
});

test("a bundle that is missing or no bundle is named", async () => {
  for (const bytes of [null, new Uint8Array([0])]) {
    const files: LogFiles = new Map(whole);
    if (bytes === null) files.delete("tile/entries/001");
    else files.set("tile/entries/001", bytes);
    const index = emptyIndex();
    await assert.rejects(catchUp(index, logOf(files)), /`tile\/entries\/001`: .*ledger verify/);
    await index.close();
  }
});

test("a log whose entries were deleted when its time was over leaves the index too", async () => {
  const index = emptyIndex();
  await catchUp(index, logOf(whole));
  const left = new Map([...whole].filter(([path]) => !path.startsWith("tile/")));
  const report = await catchUp(index, logOf(left));
  assert.equal(report?.isPruned, true);
  assert.deepEqual(await everything(index), [[], []]);
  await index.close();
});

test("a log without a checkpoint is nothing to index", async () => {
  const index = emptyIndex();
  assert.equal(await catchUp(index, logOf(new Map())), null);
  await index.close();
});
