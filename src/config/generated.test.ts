// The documents that are written from the schemas: up to date, and right about the files that they describe.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");

test("docs/config.md and the JSON Schemas are what the code says", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "tools/generate-docs.ts"), "--check"]);
  assert.equal(status, 0, String(stderr));
});

const described = [
  { schema: "policy", files: globSync(join(root, "examples/*/policy.yaml")) },
  { schema: "tests", files: globSync(join(root, "examples/*/tests.yaml")) },
  { schema: "cell", files: globSync(join(root, "examples/*/eu-frankfurt.yaml")) },
  { schema: "pack", files: globSync(join(root, "packs/*.yaml")) },
  { schema: "provider", files: globSync(join(root, "packs/providers/*.yaml")) },
] as const;

for (const { schema, files } of described) {
  const validate = validator(schema);

  test(`an editor with the ${schema} schema finds nothing wrong with our own files`, () => {
    assert.ok(files.length > 0);
    for (const file of files) {
      assert.ok(validate(parse(readFileSync(file, "utf8"))), `${file}: ${JSON.stringify(validate.errors)}`);
    }
  });

  test(`an editor with the ${schema} schema sees an unknown key`, () => {
    for (const file of files) {
      const value = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      assert.ok(!validate({ ...value, unknown: 1 }));
    }
  });
}

test("every key that the schemas know has a meaning in the reference", () => {
  const rows = readFileSync(join(root, "docs/config.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  assert.ok(rows.length > 80);
  assert.deepEqual(
    rows.filter((line) => / {2}\|$/.test(line)),
    [],
  );
});

function validator(schema: string): ReturnType<Ajv2020["compile"]> {
  const text = readFileSync(join(root, `schema/${schema}.schema.json`), "utf8");
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text) as object);
}
