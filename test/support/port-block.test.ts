// Blocks of ports, which test processes side by side must not share.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { reservePortBase } from "./port-block.ts";

test("no two demos get the same ports, of one test process or of two", async () => {
  const mine = await Promise.all(Array.from({ length: 20 }, () => reservePortBase()));
  // Another process that begins at the very block at which this one began.
  const script = `
    Object.defineProperty(process, "pid", { value: ${process.pid} });
    const { reservePortBase } = await import(${JSON.stringify(new URL("port-block.ts", import.meta.url).href)});
    console.log(await reservePortBase());`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  const bases = [...mine, Number(stdout)];
  assert.ok(
    bases.every((base) => base >= 10_000 && base < 32_000),
    bases.join(),
  );
  assert.equal(new Set(bases).size, bases.length);
});
