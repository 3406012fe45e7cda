import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withDescriptor } from "./descriptor-shortage.ts";

function failing(
  code: string,
  times: number,
): { readonly open: () => Promise<string>; readonly calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    open: async () => {
      if (calls++ < times) throw Object.assign(new Error(code), { code, syscall: "open" });
      return "opened";
    },
  };
}

for (const code of ["EMFILE", "ENFILE"]) {
  test(`an open that fails by ${code} is done again until there is a descriptor`, async () => {
    const file = failing(code, 5);
    assert.equal(await withDescriptor(file.open, async () => undefined), "opened");
    assert.equal(file.calls(), 6);
  });
}

for (const code of ["EIO", "ENOSPC", "EACCES", "ENOENT"]) {
  test(`an open that fails by ${code} is not done again`, async () => {
    const file = failing(code, 5);
    await assert.rejects(
      withDescriptor(file.open, async () => undefined),
      { code },
    );
    assert.equal(file.calls(), 1);
  });
}

test("a shortage that does not pass is an error in the end", async () => {
  const file = failing("EMFILE", Number.POSITIVE_INFINITY);
  await assert.rejects(
    withDescriptor(file.open, async () => undefined),
    { code: "EMFILE" },
  );
});

const script = `
  const { openSync, closeSync } = require("node:fs");
  import(process.argv[1]).then(async ({ nodeFileSystem }) => {
    await nodeFileSystem.syncDirectory(process.argv[2]);
    const held = [];
    try { for (;;) held.push(openSync("/dev/null")); } catch {}
    setTimeout(() => held.forEach((fd) => closeSync(fd)), 100);
    const file = await nodeFileSystem.create(process.argv[2] + "/f", 0o600);
    await file.write(Buffer.from("kept"), 0);
    await file.datasync();
    await file.close();
    await nodeFileSystem.syncDirectory(process.argv[2]);
    console.log(Buffer.from(await nodeFileSystem.read(process.argv[2] + "/f")).toString());
  });
`;

test("a process that has used up its descriptors writes its file when some are free again", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "descriptors-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const door = new URL("./index.ts", import.meta.url).href;
  const command = 'ulimit -n 64; exec "$0" -e "$1" "$2" "$3"';
  const ran = spawnSync("sh", ["-c", command, process.execPath, script, door, directory], {
    encoding: "utf8",
  });
  assert.equal(ran.stdout, "kept\n", ran.stderr);
});
