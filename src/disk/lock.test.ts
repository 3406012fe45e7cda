import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LedgerLockedError, lockDirectory } from "./lock.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-lock-"));
after(() => rmSync(root, { recursive: true }));

test("a second opener is refused until the first lets go, also in the same process", () => {
  const unlock = lockDirectory(join(root, "twice"));
  assert.throws(
    () => lockDirectory(join(root, "twice")),
    (error) => error instanceof LedgerLockedError && error.message.includes(`process ${process.pid} writes`),
  );
  unlock();
  lockDirectory(join(root, "twice"))();
  assert.deepEqual(readdirSync(join(root, "twice")), []);
});

const dead = [
  { title: "of a process that has ended", holder: () => `${spawnSync("true").pid} 12345\n` },
  { title: "of another process that had our number", holder: () => `${process.pid} 1\n` },
  { title: "that was cut short when its process died", holder: () => "" },
];
for (const { title, holder } of dead) {
  test(`a lock ${title} is taken over`, (t) => {
    if (process.platform !== "linux") return t.skip("needs /proc to tell two processes of one number apart");
    const directory = mkdtempSync(join(root, "dead-"));
    writeFileSync(join(directory, "lock"), holder());
    const unlock = lockDirectory(directory);
    assert.match(readFileSync(join(directory, "lock"), "utf8"), new RegExp(`^${process.pid} `));
    assert.deepEqual(readdirSync(directory), ["lock"]);
    unlock();
  });
}
