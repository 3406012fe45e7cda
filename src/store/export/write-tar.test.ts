import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeTar } from "./write-tar.ts";

async function* members(fault: Error | null = null): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  yield { name: "a", bytes: new Uint8Array(100_000) };
  if (fault !== null) throw fault;
  yield { name: "b", bytes: new Uint8Array(1) };
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-tar-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("an archive that cannot be made says what the system says", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "file"), "kept");
  await assert.rejects(writeTar(join(folder, "missing", "x.tar"), members()), { code: "ENOENT" });
  await assert.rejects(writeTar(join(folder, "file", "x.tar"), members()), { code: "ENOTDIR" });
  await assert.rejects(writeTar(join(folder, "file"), members()), { code: "EEXIST" });
  assert.equal(readFileSync(join(folder, "file"), "utf8"), "kept");
});

test("of an archive whose members cannot all be read nothing is left", async (t) => {
  const file = join(folderFor(t), "x.tar");
  await assert.rejects(writeTar(file, members(new Error("a member is gone"))), /a member is gone/);
  assert.ok(!existsSync(file));
  assert.equal(await writeTar(file, members()), 2);
});
