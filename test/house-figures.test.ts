import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Figures, measureHouse } from "../tools/house/figures.ts";

const pipeline = "src/gateway/pipeline.ts";
const identify = "src/gateway/stages/identify.ts";
const name = "src/gateway/name.ts";
const trimmed = "src/gateway/trimmed.ts";

const figures = measurePlanted({
  [pipeline]: `// The way of a request.
import { identify } from "./stages/identify.ts";

export type Exchange = any;
export function answer(exchange: Exchange): string {
  return identify(exchange);
}
`,
  [identify]: `import { readName } from "../name.ts";
import type { Exchange } from "../pipeline.ts";

export function identify(exchange: Exchange): string {
  const name = readName(exchange);
  if (name === "") throw new Error("no name");
  return name;
}
`,
  [name]: `import { trimmed } from "./trimmed.ts";
export function readName(text: string): string {
  return trimmed(text);
}
`,
  [trimmed]: `/** Without the spaces around it. */
export const trimmed = (text: string): string => text.trim();
`,
  "src/gateway/name.test.ts": `import { readName } from "./name.ts";
readName("a");
`,
});

test("files, functions, folders, comments and tests of a planted tree are counted exactly", () => {
  const { sources, functions, anyTypes, largestFolders, crowdedFolders, commentPercent, tests } = figures;
  assert.deepEqual(sources, { count: 4, median: 4, p90: 8, max: 8, longest: identify });
  // An arrow function without a block is an expression, and is not counted.
  const longest = { file: identify, line: 4, name: "identify", lines: 5 };
  assert.deepEqual(functions, { count: 3, median: 3, p90: 5, max: 5, longest });
  assert.equal(anyTypes, 1);
  assert.deepEqual(largestFolders, [
    { folder: "src/gateway", files: 3 },
    { folder: "src/gateway/stages", files: 1 },
  ]);
  assert.deepEqual(crowdedFolders, []);
  assert.equal(commentPercent, 10.5);
  assert.deepEqual(tests, { count: 1, lines: 2 });
});

test("a circle that only the import of a type closes is found, between files and between folders", () => {
  assert.deepEqual(figures.importCircles, [{ files: [pipeline, identify], isClosedByTypes: true }]);
  const folders = ["src/gateway", "src/gateway/stages"];
  assert.deepEqual(figures.gatewayFolders, {
    mutual: [{ folders, arrows: 3, against: [{ from: pipeline, to: identify }] }],
    circles: [folders],
  });
});

test("the walk of a request climbs where it goes on above the file that called", () => {
  const climb = { from: identify, to: name };
  assert.deepEqual(figures.requestWalk, {
    begins: [`${pipeline}#answer`],
    functions: 4,
    files: [pipeline, identify, name, trimmed],
    upwardCalls: [climb],
    climbs: [climb],
  });
});

function measurePlanted(texts: Readonly<Record<string, string>>): Figures {
  const root = mkdtempSync(join(tmpdir(), "bailiwick-house-"));
  try {
    for (const [file, text] of Object.entries(texts)) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return measureHouse(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
