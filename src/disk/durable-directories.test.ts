import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedDisk } from "../../test/support/simulated-disk.ts";
import { DurableDirectories } from "./durable-directories.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";

test("every directory that is made on the way has the mode that was asked for", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-directories-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const root = join(folder, "state", "vault");
  await new DurableDirectories(nodeFileSystem, { root, mode: 0o700 }).make(join(root, "keys", "ab"));
  for (const made of [join(folder, "state"), root, join(root, "keys"), join(root, "keys", "ab")]) {
    assert.equal(statSync(made).mode & 0o777, 0o700, made);
  }
});

test("two who want a directory at once make it once, and one that was forgotten is made again", async () => {
  const disk = new SimulatedDisk();
  const directories = new DurableDirectories(disk, { root: "/records", mode: 0o700 });
  await Promise.all([directories.make("/records/a"), directories.make("/records/a")]);
  const callCount = disk.callCount;
  await directories.make("/records/a");
  assert.equal(disk.callCount, callCount);
  await disk.removeTree("/records/a");
  directories.forget("/records/a");
  await directories.make("/records/a");
  assert.deepEqual(await disk.list("/records"), ["a"]);
});

test("a directory that could not be made is tried again by whoever wants it next", async () => {
  const disk = new SimulatedDisk({ call: 1, kind: "error-before" });
  const directories = new DurableDirectories(disk, { root: "/records", mode: 0o700 });
  await assert.rejects(directories.make("/records"), { code: "EIO" });
  await directories.make("/records");
  assert.deepEqual(await disk.list("/"), ["records"]);
});

test("a parent that vanished since it was made, with all that was in it, is a fault and is not made anew in silence", async () => {
  const disk = new SimulatedDisk();
  const directories = new DurableDirectories(disk, { root: "/ledger", mode: 0o700 });
  await directories.make("/ledger/tile/0/x000");
  await disk.removeTree("/ledger/tile");
  await assert.rejects(directories.make("/ledger/tile/0/x001"), { code: "ENOENT" });
});

test("a parent that is missing however often it is made is a fault, and not a wait without an end", async () => {
  const disk = new SimulatedDisk();
  let calls = 0;
  const vanishing: FileSystem = {
    ...fileSystemOf(disk),
    makeDirectory: (path, mode) => {
      calls++;
      if (path !== "/ledger/tile/0") return disk.makeDirectory(path, mode);
      return Promise.reject(Object.assign(new Error("ENOENT, mkdir"), { code: "ENOENT", syscall: "mkdir" }));
    },
  };
  const directories = new DurableDirectories(vanishing, { root: "/ledger", mode: 0o700 });
  await assert.rejects(directories.make("/ledger/tile/0"), { code: "ENOENT" });
  assert.ok(calls < 10, `${calls} calls`);
});

test("a disk that says of every directory that its parent is missing is a fault", async () => {
  const nowhere: FileSystem = {
    ...fileSystemOf(new SimulatedDisk()),
    makeDirectory: () => Promise.reject(Object.assign(new Error("ENOENT"), { code: "ENOENT" })),
  };
  const directories = new DurableDirectories(nowhere, { root: "/a/b", mode: 0o700 });
  await assert.rejects(directories.make("/a/b/c/d"), { code: "ENOENT" });
});

function fileSystemOf(disk: SimulatedDisk): FileSystem {
  return {
    create: (path, mode) => disk.create(path, mode),
    overwrite: (path) => disk.overwrite(path),
    read: (path) => disk.read(path),
    list: (path) => disk.list(path),
    makeDirectory: (path, mode) => disk.makeDirectory(path, mode),
    rename: (from, to) => disk.rename(from, to),
    link: (from, to) => disk.link(from, to),
    remove: (path) => disk.remove(path),
    removeTree: (path) => disk.removeTree(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  };
}
