// One case per file: testdata/<kind>/<behaviour>.yaml, and beside it what a reader is told. After a change of words:
// node --test --test-update-snapshots src/config/findings.test.ts, then read the diff.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import type { Result } from "../base/index.ts";
import { type Finding, formatFinding, parseCellFile, parsePolicy } from "./index.ts";
import { parsePack } from "./packs/parse-pack.ts";

const testdata = join(import.meta.dirname, "testdata");
const packs = join(import.meta.dirname, "../../packs");

const kinds = {
  policy: readPolicy,
  pack: (file: string, text: string) => parsePack({ file, text, id: "test" }),
  cell: (file: string, text: string) => parseCellFile({ file, text }),
} as const;

for (const [kind, parse] of Object.entries(kinds)) {
  describe(kind, () => {
    for (const file of globSync(join(testdata, kind, "*.yaml")).toSorted()) {
      const name = basename(file, ".yaml");
      test(name.replaceAll("-", " "), (t) => {
        const text = readFileSync(file, "utf8");
        t.assert.fileSnapshot(told(parse(basename(file), text)), file.replace(/yaml$/, "txt"), {
          serializers: [String],
        });
      });
    }
  });
}

test("no finding about a secret in plain text shows any part of it", () => {
  for (const name of ["secrets-in-plain-text", "api-keys-in-plain-text", "urls-that-are-none"]) {
    const report = told(readPolicy(name, readFileSync(join(testdata, "policy", `${name}.yaml`), "utf8")));
    assert.doesNotMatch(report, /hunter2|123456789/, name);
  }
  const file = "locked-copies-that-are-none.yaml";
  const cell = parseCellFile({ file, text: readFileSync(join(testdata, "cell", file), "utf8") });
  assert.doesNotMatch(told(cell), /hunter2/);
});

function readPolicy(file: string, text: string): ReturnType<typeof parsePolicy> {
  return parsePolicy({
    file,
    text,
    readPack: (id) => {
      const path = join(packs, `${id}.yaml`);
      return existsSync(path) ? { file: `packs/${id}.yaml`, text: readFileSync(path, "utf8") } : null;
    },
    packNames: () => ["ae-health", "eu-gdpr", "uk-gdpr"],
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
}

function told(result: Result<object, readonly Finding[]>): string {
  const warnings =
    result.ok && "warnings" in result.value ? (result.value.warnings as readonly Finding[]) : [];
  const findings = result.ok ? warnings : result.error;
  return `${result.ok ? "accepted" : "refused"}\n${findings.map((finding) => `${formatFinding(finding)}\n`).join("")}`;
}
