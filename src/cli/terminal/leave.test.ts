import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

test("a process leaves with its code though a thread of it hangs in the kernel, and a reader of it stalls", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-leave-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const never = join(directory, "never");
  spawnSync("sh", ["-c", 'mkfifo "$0"', never]);
  const script = join(directory, "stuck.mjs");
  writeFileSync(
    script,
    `import { readFile } from "node:fs/promises";
     import { setTimeout as delay } from "node:timers/promises";
     import { isMainThread, Worker } from "node:worker_threads";
     import { leave } from ${JSON.stringify(new URL("leave.ts", import.meta.url).href)};
     // A pipe that nobody writes to: its open(2) does not return.
     if (!isMainThread) await readFile(${JSON.stringify(never)});
     new Worker(new URL(import.meta.url)).unref();
     await delay(300);
     await leave(70, [{ writableLength: 1 }]);`,
  );
  const { status, signal } = spawnSync(process.execPath, [script], { timeout: 30_000 });
  assert.deepEqual({ status, signal }, { status: 70, signal: null });
});
