// Writes the documents that come from code: `node tools/generate-docs.ts`. With `--check` it writes nothing and exits 1
// when a file on disk is not what the code says.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  cellFileJsonSchema,
  configReference,
  factsJsonSchema,
  packJsonSchema,
  policyJsonSchema,
  providerJsonSchema,
  testFileJsonSchema,
} from "../src/config/index.ts";
import { errorReference } from "../src/wire/index.ts";

const generated: Readonly<Record<string, () => string>> = {
  "docs/config.md": configReference,
  "docs/errors.md": errorReference,
  "schema/policy.schema.json": () => formatJson(policyJsonSchema()),
  "schema/pack.schema.json": () => formatJson(packJsonSchema()),
  "schema/provider.schema.json": () => formatJson(providerJsonSchema()),
  "schema/cell.schema.json": () => formatJson(cellFileJsonSchema()),
  "schema/facts.schema.json": () => formatJson(factsJsonSchema()),
  "schema/tests.schema.json": () => formatJson(testFileJsonSchema()),
};

const root = resolve(import.meta.dirname, "..");
const stale = Object.entries(generated)
  .map(([path, render]) => ({ path, file: resolve(root, path), text: render() }))
  .filter(({ file, text }) => !existsSync(file) || readFileSync(file, "utf8") !== text);

if (process.argv.includes("--check")) {
  for (const { path } of stale) {
    console.error(
      `${path}: not what the code says; run \`node tools/generate-docs.ts\` and commit the result`,
    );
  }
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, file, text } of stale) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
