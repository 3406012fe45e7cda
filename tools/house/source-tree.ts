// The files of a checkout as text. Nothing in them is ever run or imported, so an older checkout can be read as well.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Texts by their path from the root of the checkout, in the order of the paths. */
export type Texts = ReadonlyMap<string, string>;

export function readSources(root: string): Texts {
  return readTexts(root, "src/**/*.ts", (file) => !file.endsWith(".test.ts"));
}

export function readTests(root: string): Texts {
  return readTexts(root, "{src,test}/**/*.test.ts", () => true);
}

export function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function readTexts(root: string, pattern: string, isWanted: (file: string) => boolean): Texts {
  const files = globSync(pattern, { cwd: root }).filter(isWanted).toSorted();
  return new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
}
