import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectories } from "./make-directories.ts";

test("missing directories are made with the mode that was asked for, and those that are there are left alone", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-directories-"));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(makeDirectories(join(folder, "a", "b", "c"), 0o700), join(folder, "a"));
  assert.equal(statSync(join(folder, "a", "b")).mode & 0o777, 0o700);
  assert.equal(makeDirectories(join(folder, "a", "b")), null);
  assert.equal(makeDirectories("/"), null);
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => makeDirectories(join(folder, "file")), { code: "EEXIST" });
  assert.throws(() => makeDirectories(join(folder, "file", "x")), { code: "ENOTDIR" });
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  assert.throws(() => makeDirectories(join(folder, "link")), { code: "EEXIST" });
});

test(
  "where a directory can never be made, nobody waits without an end",
  { skip: process.platform !== "linux", timeout: 5_000 },
  () => assert.throws(() => makeDirectories("/proc/bailiwick/state"), { code: "ENOENT" }),
);

test("no part of the product makes directories in Node's way, which goes round for ever there", () => {
  const root = new URL("../", import.meta.url).pathname;
  const files = globSync("**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const found = files.filter((file) =>
    /\bmkdir(?:Sync)?\([^;)]*recursive/.test(readFileSync(join(root, file), "utf8")),
  );
  assert.deepEqual(found, []);
});
