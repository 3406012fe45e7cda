import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedDisk } from "../../test/support/simulated-disk.ts";
import { encodeUtf8 } from "../base/index.ts";
import { DurableFiles, ImmutableFileError, writeAll, writeDurably } from "./durable-files.ts";
import { nodeFileSystem } from "./file-system.ts";

test("a file that is written once may be written again with its own bytes, never with others", async () => {
  const disk = new SimulatedDisk();
  const files = await DurableFiles.open(disk, "/ledger", "/ledger/new");
  await files.writeOnce("/ledger/tile", encodeUtf8("one"));
  await files.writeOnce("/ledger/tile", encodeUtf8("one"));
  await assert.rejects(files.writeOnce("/ledger/tile", encodeUtf8("two")), ImmutableFileError);
  assert.deepEqual(await disk.read("/ledger/tile"), encodeUtf8("one"));
});

test("what a crash left among the new files is gone when they are opened again", async () => {
  const disk = new SimulatedDisk();
  await DurableFiles.open(disk, "/ledger", "/ledger/new");
  await disk.create("/ledger/new/0", 0o600);
  const files = await DurableFiles.open(disk, "/ledger", "/ledger/new");
  assert.deepEqual(await disk.list("/ledger/new"), []);
  await files.replace("/ledger/state", encodeUtf8("s"));
  assert.deepEqual(await disk.read("/ledger/state"), encodeUtf8("s"));
});

test("directories outlive a loss of power, also when their parents were missing", async () => {
  const disk = new SimulatedDisk();
  const files = await DurableFiles.open(disk, "/state/ledger", "/state/ledger/new");
  await files.makeDirectory("/state/ledger/log/2026-11");
  for (const coin of [0, 0.99]) {
    const after = disk.afterPowerLoss(() => coin);
    assert.deepEqual(await after.list("/state/ledger/log"), ["2026-11"]);
  }
});

test("a write that takes a part is continued where it stopped", async () => {
  const disk = new SimulatedDisk({ call: 2, kind: "short" });
  const file = await disk.create("/file", 0o600);
  await writeAll(file, encodeUtf8("all of it"), 0);
  assert.deepEqual(await disk.read("/file"), encodeUtf8("all of it"));
});

test("what is written durably to a file that was closed goes to no other that has its number by now", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-closed-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const [closed, next] = [join(directory, "closed"), join(directory, "next")];
  const file = await nodeFileSystem.create(closed, 0o600);
  await writeDurably(file, encodeUtf8("kept"), 0);
  await file.close();
  // The lowest number that is free: that of the file that was closed.
  const other = await nodeFileSystem.create(next, 0o600);
  await assert.rejects(writeDurably(file, encodeUtf8("lost"), 0));
  await other.close();
  assert.equal(readFileSync(closed, "utf8"), "kept");
  assert.equal(readFileSync(next, "utf8"), "");
});
