// Whatever a file holds, reading it ends with a value or with findings that name a place in it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Result } from "../base/index.ts";
import { type Finding, parseCellFile, parsePolicy } from "./index.ts";
import { parsePack } from "./packs/parse-pack.ts";

const root = join(import.meta.dirname, "../..");
const hipaa = read("packs/us-hipaa.yaml");

/** `npm run test:property` tries more. */
const policyEdits = Number(process.env["BAILIWICK_EDITS"] ?? 500);

const files = [
  { title: "the demo's policy", text: read("examples/demo/policy.yaml"), parse: policy, edits: policyEdits },
  { title: "a pack", text: read("packs/ae-health.yaml"), parse: pack, edits: 500 },
  {
    title: "the demo's cell file",
    text: read("examples/demo/eu-frankfurt.yaml"),
    parse: cellFile,
    edits: 500,
  },
];

for (const { title, text, parse, edits } of files) {
  test(`every truncation of ${title} is read or refused`, () => {
    for (let length = 0; length < text.length; length++) assertReadOrRefused(parse(text.slice(0, length)));
  });

  test(`any changed character of ${title} is read or refused`, () => {
    const edit = fc.tuple(fc.nat({ max: text.length - 1 }), fc.nat({ max: 0xff }));
    fc.assert(
      fc.property(edit, ([at, code]) => {
        assertReadOrRefused(parse(text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1)));
      }),
      { numRuns: edits },
    );
  });
}

/** Half a surrogate pair too. */
const anyText = fc.string({
  unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});

test("any text at all is read or refused", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const { parse } of files) assertReadOrRefused(parse(text));
    }),
    { numRuns: 200 },
  );
});

const mebibyte = 1024 * 1024;
const large = [
  {
    title: "one byte more than a mebibyte",
    text: "#".repeat(mebibyte + 1),
    found: /more than 1048576 bytes/,
  },
  { title: "a mebibyte in characters of two bytes", text: `# ${"ä".repeat(mebibyte / 2)}`, found: /bytes/ },
  { title: "open brackets without end", text: "[".repeat(100_000), found: /nested too deeply/ },
  { title: "dashes without end", text: "- ".repeat(100_000), found: /nested too deeply/ },
  { title: "more values than anyone reads", text: "- a\n".repeat(205_000), found: /too many values/ },
  { title: "anchors without end", text: "&a ".repeat(50_000), found: /anchors/ },
];

for (const { title, text, found } of large) {
  test(`${title}: refused with few words`, () => {
    const result = cellFile(text);
    assert.ok(!result.ok && result.error.length <= 20);
    assert.match(result.error[0]?.found ?? "", found);
  });
}

test("a file that is all mistakes gets its findings", () => {
  const names = Array.from({ length: 4000 }, (_, index) => `name-${index}`);
  const result = policy(
    [
      "endpoints:",
      ...names.map((name) => `  ${name}: {}`),
      "models:",
      ...names.map((name) => `  ${name}: { served-by: { other-${name}: x } }`),
      ...names.map((name) => `${name}: 1`),
    ].join("\n"),
  );
  assert.ok(!result.ok && result.error.length > 5 * names.length);
});

test("lone surrogates and a kept byte order mark do no harm", () => {
  for (const text of ["\ud800", "a: \udfff", "\ufeff", "\ufeffbailiwick-cell: 1\n"]) {
    assertReadOrRefused(cellFile(text));
  }
});

function assertReadOrRefused(result: Result<unknown, readonly Finding[]>): void {
  if (result.ok) return;
  assert.ok(result.error.some(({ severity }) => severity === "error"));
  for (const { line, column, found, expected } of result.error) {
    assert.ok(line >= 1 && column >= 1 && found !== "" && expected !== "");
  }
}

/** One small pack in place of all: what is tried here is the policy's text. */
function policy(text: string): Result<unknown, readonly Finding[]> {
  return parsePolicy({
    file: "policy.yaml",
    text,
    readPack: (id) => (id === "us-hipaa" ? { file: "packs/us-hipaa.yaml", text: hipaa } : null),
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
}

function pack(text: string): Result<unknown, readonly Finding[]> {
  return parsePack({ file: "pack.yaml", text, id: "ae-health" });
}

function cellFile(text: string): Result<unknown, readonly Finding[]> {
  return parseCellFile({ file: "cell.yaml", text });
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
