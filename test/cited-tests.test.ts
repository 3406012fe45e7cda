// What SECURITY.md and the pages of cases say is held by tests, each named by file and title. A test that is renamed or
// deleted fails here, so that no row stands on nothing.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "SECURITY.md"), "utf8");

interface Citation {
  readonly file: string;
  readonly title: string;
}

/** `path`: "title", "another title"; as often as it stands there. */
function citationsIn(text: string): readonly Citation[] {
  return Array.from(text.matchAll(/`([\w./-]+\.test\.ts)`: ("[^"]+"(?:, "[^"]+")*)/g)).flatMap(
    ([, file = "", titles = ""]) =>
      Array.from(titles.matchAll(/"([^"]+)"/g), ([, title = ""]) => ({ file, title })),
  );
}

/** Whether a string of the file is the title, `…` standing for what a template puts in. */
function isThere({ file, title }: Citation): boolean {
  const path = join(root, file);
  if (!existsSync(path)) return false;
  const source = readFileSync(path, "utf8")
    .replaceAll(/\$\{[^}]*\}/g, "…")
    .replaceAll("\\`", "`");
  return source.includes(`"${title}"`) || source.includes(`\`${title}\``);
}

const casePages = globSync("docs/cases/*.md", { cwd: root }).toSorted();

test("there is a page of cases", () => assert.ok(casePages.length > 0));

for (const casePage of casePages) {
  test(`every row of cases in ${casePage} names tests that are there`, () => {
    const text = readFileSync(join(root, casePage), "utf8");
    const [, table = ""] = text.split("| tests (file: title) |\n");
    const [rows = ""] = table.split("\n\n");
    assert.deepEqual(
      rows.split("\n").filter((row) => row.startsWith("| ") && !/\.test\.ts`[^|]*\|$/.test(row)),
      [],
    );
    const files = Array.from(text.matchAll(/`([\w./-]+\.test\.ts)`/g), ([, file = ""]) => file);
    assert.ok(files.length > 0);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(root, file))),
      [],
    );
    assert.deepEqual(
      citationsIn(text).filter((citation) => !isThere(citation)),
      [],
    );
  });
}

/** Rows of the table under `heading`, without its head. */
function rowsUnder(heading: string): readonly string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
}

test("every test that SECURITY.md names exists under that title", () => {
  const citations = citationsIn(page);
  assert.ok(citations.length > 30);
  assert.deepEqual(
    citations.filter((citation) => !isThere(citation)),
    [],
  );
});

for (const heading of ["What holds the claims", "What an attacker with each thing can do"]) {
  test(`every row under "${heading}" names a test`, () => {
    const rows = rowsUnder(heading);
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows.filter((row) => citationsIn(row).length === 0),
      [],
    );
  });
}

test("every claim of the README has its row, by its number", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const claims = readme.split("## What it claims\n")[1]?.split("\n## ")[0] ?? "";
  const numbers = Array.from(claims.matchAll(/^(\d+)\. \*\*/gm), ([, number]) => number);
  const rows = rowsUnder("What holds the claims").map((row) => /^\| (\d+) /.exec(row)?.[1]);
  assert.ok(numbers.length > 0);
  assert.deepEqual(rows, numbers);
});

for (const { title, citation } of [
  { title: "a file that is gone", citation: { file: "test/gone.test.ts", title: "the tests are looked up" } },
  {
    title: "a title that is gone",
    citation: { file: "test/tamper.test.ts", title: "every byte of no file" },
  },
  { title: "half a title", citation: { file: "test/tamper.test.ts", title: "every byte of every file" } },
]) {
  test(`a citation of ${title} is found out`, () => assert.equal(isThere(citation), false));
}
