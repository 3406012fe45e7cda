// Which batches are gone through, on a real disk.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { settled, type TenantId } from "../../base/index.ts";
import { type ObjectHead, StoredObjects } from "../../privacy/index.ts";
import { openNote } from "./batch-about.ts";
import { OpenBatches } from "./open-batches.ts";

const tenant = "7".repeat(32);
const nowMs = settled(Date.parse("2026-11-20T14:00:00Z"));

interface Scene {
  readonly store: StoredObjects;
  /** Of whoever began last. */
  readonly open: () => Promise<readonly string[]>;
  readonly restart: () => void;
  readonly submit: (digit: string, createdAtMs: number) => Promise<ObjectHead>;
}

async function startScene(t: TestContext): Promise<Scene> {
  const state = mkdtempSync(join(tmpdir(), "bailiwick-batches-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const vault = await openTestVault(state);
  const subject = { tenant: "demo-bank" as TenantId, person: null };
  const key = await vault.subjectKey(subject, nowMs);
  const site = { directory: join(state, "batches"), deployment: "test.example", cell: "c" };
  // Another thread has a store of its own.
  const [store, elsewhere] = [new StoredObjects(site), new StoredObjects(site)];
  let known = new OpenBatches(store);
  return {
    store,
    open: async () => (await known.of(tenant)).map(({ id }) => id.slice(-1)),
    restart: () => void (known = new OpenBatches(store)),
    submit: async (digit, createdAtMs) => {
      const place = vault.placeOf(subject, nowMs);
      const [id, expiresAtMs] = [`batch_${digit.repeat(32)}`, createdAtMs + 1_000];
      const head = { id, tenant, subject: key.handle, place, createdAtMs, expiresAtMs };
      await elsewhere.makeRoom(head);
      await elsewhere.note(head, openNote, "");
      assert.ok(!(await known.of(tenant)).some((found) => found.id === id));
      await elsewhere.describe(head, key, {});
      return head;
    },
  };
}

test("batches that wait or run are found in their order, whoever was told of them, and those that are over are not", async (t) => {
  const { store, open, submit } = await startScene(t);
  assert.deepEqual(await open(), []);
  const second = await submit("b", nowMs + 2);
  const first = await submit("c", nowMs + 1);
  assert.deepEqual(await open(), ["c", "b"]);
  await store.withdraw(first, openNote);
  assert.deepEqual(await open(), ["b"]);
  await submit("a", nowMs + 3);
  assert.deepEqual(await open(), ["b", "a"]);
  await store.remove(second);
  assert.deepEqual(await open(), ["a"]);
});

test("one that was found to be over is not looked into again", async (t) => {
  const { store, open, submit } = await startScene(t);
  const over = await submit("a", nowMs);
  await submit("b", nowMs + 1);
  await store.withdraw(over, openNote);
  assert.deepEqual(await open(), ["b"]);
  // Whoever looks into it meets a disk that fails.
  rmSync(store.pathOf(over, "about"));
  mkdirSync(store.pathOf(over, "about"));
  assert.deepEqual(await open(), ["b"]);
  await assert.rejects(store.list(tenant));
});

test("after a restart those that wait or run are found, and those that were over are over", async (t) => {
  const { store, open, restart, submit } = await startScene(t);
  const over = await submit("a", nowMs);
  await submit("b", nowMs + 1);
  await store.withdraw(over, openNote);
  await open();
  restart();
  assert.deepEqual(await open(), ["b"]);
  await store.remove(over);
  assert.deepEqual(await open(), ["b"]);
});
