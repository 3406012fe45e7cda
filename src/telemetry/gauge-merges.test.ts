import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mergedGauges } from "./gauge-merges.ts";

const gaugePattern = /\bgauge\(\s*"(bailiwick_[a-z_]+)"/g;

test("the gauges of the program are the gauges whose merging is written down", () => {
  const src = join(import.meta.dirname, "..");
  const files = globSync("**/*.ts", { cwd: src }).filter((file) => !file.endsWith(".test.ts"));
  const set = files.flatMap((file) =>
    Array.from(readFileSync(join(src, file), "utf8").matchAll(gaugePattern), ([, name]) => name ?? ""),
  );
  assert.deepEqual(set.toSorted(), mergedGauges.toSorted());
});
