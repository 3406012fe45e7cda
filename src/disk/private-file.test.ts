import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { destroyPrivateFile, readOrCreatePrivateFile, replacePrivateFile } from "./private-file.ts";

for (const path of [
  "legal.pem",
  "./legal.pem",
  "keys/legal.pem",

  "../beside/legal.pem",
]) {
  test(`a private file is made at \`${path}\`, from wherever that is meant`, (t) => {
    const folder = join(realpathSync(mkdtempSync(join(tmpdir(), "bailiwick-private-"))), "here");
    readOrCreatePrivateFile(join(folder, "first"), () => "x");
    const before = process.cwd();
    process.chdir(folder);
    t.after(() => {
      process.chdir(before);
      rmSync(resolve(folder, ".."), { recursive: true });
    });
    assert.equal(
      readOrCreatePrivateFile(path, () => "secret"),
      "secret",
    );
    assert.equal(
      readOrCreatePrivateFile(path, () => "another"),
      "secret",
    );
    replacePrivateFile(path, "newer");
    assert.equal(readFileSync(resolve(folder, path), "utf8"), "newer");
    destroyPrivateFile(path);
    assert.equal(
      readOrCreatePrivateFile(path, () => "again"),
      "again",
    );
  });
}
