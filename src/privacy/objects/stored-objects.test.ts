// What callers leave in a cell, as it lies on disk: whole, cut off, changed, and over.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { concatBytes, decodeUtf8, encodeUtf8, settled, type TenantId } from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import type { ObjectHead } from "./object-format.ts";
import { StoredObjects } from "./stored-objects.ts";

const nowMs = settled(Date.parse("2026-11-20T14:00:00Z"));

interface Kept {
  readonly store: StoredObjects;
  readonly head: ObjectHead;
  readonly key: SubjectKey;
  readonly path: string;
}

async function keepLines(t: TestContext, lines: readonly string[]): Promise<Kept> {
  const state = mkdtempSync(join(tmpdir(), "bailiwick-objects-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const vault = await openTestVault(state);
  const subject = { tenant: "demo-bank" as TenantId, person: null };
  const key = await vault.subjectKey(subject, nowMs);
  const store = new StoredObjects({ directory: join(state, "files"), deployment: "test.example", cell: "c" });
  const head = {
    id: `file-${"a".repeat(32)}`,
    tenant: "7".repeat(32),
    subject: key.handle,
    place: vault.placeOf(subject, nowMs),
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 1_000,
  };
  const writer = await store.begin(head, key);
  for (const line of lines) await writer.append(encodeUtf8(line));
  await writer.end();
  await store.describe(head, key, { said: "of it" });
  return { store, head, key, path: store.pathOf(head, "content") };
}

async function textOf({ store, head, key }: Kept): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(head, key)) pieces.push(piece);
  return decodeUtf8(concatBytes(pieces));
}

test("an object is read back as it was written, however long its pieces are", async (t) => {
  const lines = ["a\n", `${"b".repeat(200_000)}\n`, "c\n"];
  const kept = await keepLines(t, lines);
  assert.equal(await textOf(kept), lines.join(""));
  assert.deepEqual(await kept.store.aboutOf(kept.head, kept.key), { said: "of it" });
  assert.deepEqual(await kept.store.find(kept.head.tenant, kept.head.id), kept.head);
});

test("with any byte changed, or cut off anywhere, a content is not read to an end", async (t) => {
  const kept = await keepLines(t, ["one\n", "two\n"]);
  const whole = readFileSync(kept.path);
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(kept.path, changed);
    await assert.rejects(textOf(kept), /damaged/, `byte ${at}`);
    writeFileSync(kept.path, whole.subarray(0, at));
    await assert.rejects(textOf(kept), /damaged/, `cut to ${at} bytes`);
  }
});

test("cut off anywhere, a content is continued behind its last whole line", async (t) => {
  const kept = await keepLines(t, ["one\n", "two\n", "three\n"]);
  const { store, head, key, path } = kept;
  const whole = readFileSync(path);
  for (let length = 0; length <= whole.length; length += 3) {
    writeFileSync(path, whole.subarray(0, length));
    let stayed = "";
    const writer = await store.contentIn(head, { head, key, name: "content" }, (bytes) => {
      stayed += decodeUtf8(bytes) ?? "";
    });
    assert.ok("one\ntwo\nthree\n".startsWith(stayed) && (stayed === "" || stayed.endsWith("\n")), stayed);
    await writer.append(encodeUtf8("next\n"));
    await writer.end();
    assert.equal(await textOf(kept), `${stayed}next\n`);
  }
});

test("under another object's name a content does not open", async (t) => {
  const kept = await keepLines(t, ["one\n"]);
  const other = { ...kept.head, id: `file-${"b".repeat(32)}` };
  await kept.store.makeRoom(other);
  copyFileSync(kept.path, kept.store.pathOf(other, "content"));
  await assert.rejects(textOf({ ...kept, head: other }), /damaged/);
});

test("what is over is swept, but not what is under a key that is held", async (t) => {
  const { store, head } = await keepLines(t, ["one\n"]);
  assert.equal(await store.sweep(nowMs, new Set()), 0);
  const after = settled(head.expiresAtMs);
  assert.equal(await store.sweep(after, new Set([head.subject])), 0);
  assert.equal(await store.sweep(after, new Set()), 1);
  assert.deepEqual(await store.list(head.tenant), []);
});

const listing = `
  import(process.argv[1]).then(async ({ StoredObjects }) => {
    const store = new StoredObjects({ directory: process.argv[2], deployment: "test.example", cell: "c" });
    console.log((await store.list(process.argv[3])).length);
  });
`;

test("a listing that is asked for while another runs shows what was written by then, and is one for all who ask", async (t) => {
  const { store, head, key } = await keepLines(t, ["one\n"]);
  const first = store.list(head.tenant);
  const other = { ...head, id: `file-${"b".repeat(32)}` };
  await (await store.begin(other, key)).end();
  await store.describe(other, key, {});
  const running = store.list(head.tenant);
  const [second, third] = [store.list(head.tenant), store.list(head.tenant)];
  assert.equal((await running).length, 2);
  assert.equal(await second, await third);
  await first;
  const sizes = [store.bytesOf(head.tenant), store.bytesOf(head.tenant), store.bytesOf(head.tenant)];
  assert.equal(new Set(await Promise.all(sizes)).size, 1);
});

test("a listing has few descriptors at a time, however many objects there are", async (t) => {
  const { store, head, path } = await keepLines(t, ["one\n"]);
  for (let at = 0; at < 200; at++) {
    const id = `file-${String(at).padStart(32, "0")}`;
    const about = store.pathOf({ ...head, id }, "about");
    cpSync(dirname(path), dirname(about), { recursive: true });
    writeFileSync(about, readFileSync(about, "latin1").replace(head.id, id), "latin1");
  }
  const door = new URL("../index.ts", import.meta.url).href;
  const root = dirname(dirname(dirname(path)));
  const words = ['ulimit -n 64; exec "$0" -e "$1" "$2" "$3" "$4"', process.execPath, listing, door, root];
  const ran = spawnSync("sh", ["-c", ...words, head.tenant], { encoding: "utf8" });
  assert.equal(ran.stdout, "201\n", ran.stderr);
});
