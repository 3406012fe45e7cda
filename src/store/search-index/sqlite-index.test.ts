import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { batchesOf, describeSearchIndex } from "../../../test/contract/search-index-contract.ts";
import { smallMonth } from "../../../test/support/indexed-entries.ts";
import { origin } from "../../../test/support/ledger-entries.ts";
import { openSqliteIndex } from "./sqlite-index.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiwick-index-"));
after(() => rmSync(directory, { recursive: true }));

describeSearchIndex("an index in SQLite", {
  open: async () => openSqliteIndex(join(directory, "contract.sqlite")),
  missing: "SQLite is a part of Node",
});

async function filled(file: string): Promise<void> {
  const index = openSqliteIndex(file);
  for (const batch of batchesOf(origin, smallMonth(), [18])) await index.add(batch);
  await index.close();
}

async function sizeOf(file: string): Promise<number> {
  const index = openSqliteIndex(file);
  const [head] = await index.heads();
  await index.close();
  return head?.size ?? 0;
}

test("an index that is opened again has kept what it held, readable by its owner alone", async () => {
  const file = join(directory, "below", "kept.sqlite");
  await filled(file);
  assert.equal(await sizeOf(file), 18);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(directory, "below")).mode & 0o777, 0o700);
});

test("an index of another version is made anew", async () => {
  const file = join(directory, "version.sqlite");
  await filled(file);
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version = 999");
  database.close();
  assert.equal(await sizeOf(file), 0);
  await filled(file);
  assert.equal(await sizeOf(file), 18);
});

test("a damaged index is made anew", async () => {
  const file = join(directory, "damaged.sqlite");
  await filled(file);
  writeFileSync(file, readFileSync(file).fill(0xa5, 0, 4096));
  assert.equal(await sizeOf(file), 0);
});

test("a database of another program is refused and left as it is", () => {
  const file = join(directory, "other.sqlite");
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE precious (value)");
  database.close();
  const bytes = readFileSync(file);
  assert.throws(() => openSqliteIndex(file), /is a database of another program; name another file/);
  assert.deepEqual(readFileSync(file), bytes);
});
