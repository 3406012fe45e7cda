import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Client } from "pg";
import { batchesOf, describeSearchIndex } from "../../../test/contract/search-index-contract.ts";
import { smallMonth } from "../../../test/support/indexed-entries.ts";
import { origin } from "../../../test/support/ledger-entries.ts";
import { postgresMissing, startPostgres } from "../../../test/support/postgres.ts";
import { openPostgresIndex } from "./postgres-index.ts";
import { IndexMovedError } from "./search-index.ts";

const server = await startPostgres();
after(() => server?.stop());

/** A database for each test, so that none sees another's rows. */
async function emptyDatabase(name: string): Promise<string> {
  const client = new Client({ connectionString: server?.url ?? "" });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return server?.url.replace("/postgres?", `/${name}?`) ?? "";
}

describeSearchIndex("an index in PostgreSQL", {
  open: async () => (server === null ? null : openPostgresIndex(await emptyDatabase("contract"))),
  missing: postgresMissing,
});

const skip = server === null ? postgresMissing : false;

test("replicas that open one new database together all find their tables", { skip }, async () => {
  const url = await emptyDatabase("together");
  const indexes = await Promise.all(Array.from({ length: 4 }, () => openPostgresIndex(url)));
  for (const [at, index] of indexes.entries()) {
    const [batch] = batchesOf(`${origin}-${at}`, smallMonth(), [18]);
    assert.ok(batch);
    await index.add(batch);
  }
  assert.equal((await indexes[0]?.heads())?.length, 4);
  await Promise.all(indexes.map((index) => index.close()));
});

test("of two that add the same batch at once, one does and the other is told so", { skip }, async () => {
  const url = await emptyDatabase("race");
  const indexes = await Promise.all([openPostgresIndex(url), openPostgresIndex(url)]);
  const [batch] = batchesOf(origin, smallMonth(), [18]);
  assert.ok(batch);
  const results = await Promise.allSettled(indexes.map((index) => index.add(batch)));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  const refused = results.find((result) => result.status === "rejected");
  assert.ok(refused?.reason instanceof IndexMovedError);
  await Promise.all(indexes.map((index) => index.close()));
});

test("an index of another version is made anew", { skip }, async () => {
  const url = await emptyDatabase("version");
  const index = await openPostgresIndex(url);
  for (const batch of batchesOf(origin, smallMonth(), [18])) await index.add(batch);
  await index.close();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("UPDATE bailiwick_index.version SET version = 999");
  await client.end();
  const again = await openPostgresIndex(url);
  assert.deepEqual(await again.heads(), []);
  await again.close();
});

test("a server that is not there is named, and the password is not", async () => {
  await assert.rejects(
    openPostgresIndex("postgres://index:s3cret@127.0.0.1:1/ledger"),
    (error: Error) =>
      /`ledger` at 127.0.0.1:1 cannot be used/.test(error.message) && !error.message.includes("s3cret"),
  );
});
