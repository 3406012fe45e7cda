// Writes the documents that come from code: `node tools/generate-docs.ts`. With `--check` it writes nothing and exits 1
// when a file on disk is not what the code says.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Result } from "../src/base/index.ts";
import {
  cellFileJsonSchema,
  configReference,
  factsJsonSchema,
  type Finding,
  formatFinding,
  packJsonSchema,
  packReference,
  type PackSource,
  parsePack,
  parseProvider,
  policyJsonSchema,
  providerJsonSchema,
  providerReference,
  testFileJsonSchema,
} from "../src/config/index.ts";
import { errorReference } from "../src/wire/index.ts";
import { casesPage } from "./cases-page.ts";
import { howSurePage, type ReadPack } from "./how-sure-page.ts";
import { cpuPlot, latencyPlot, pagePath, performancePage } from "./performance/page.ts";
import { providersPage } from "./providers-page.ts";
import { subdivisionTable } from "./subdivision-table.ts";
import { workedCasesIn } from "./worked-case.ts";
import { workedCaseTable } from "./worked-case-table.ts";

const root = resolve(import.meta.dirname, "..");

const generated: Readonly<Record<string, () => string>> = {
  "docs/cases.md": () => casesPage(root),
  "docs/config.md": configReference,
  "docs/errors.md": errorReference,
  "docs/law/cases/README.md": () => workedCaseTable(workedCasesIn(resolve(root, "docs/law/cases"))),
  "docs/law/packs.md": () => packReference(readAll("packs", parsePack).map(({ regime }) => regime)),
  "docs/law/how-sure.md": () => howSurePage(readPackFiles()),
  "docs/providers.md": () => providersPage(root),
  "docs/law/providers.md": () => providerReference(readAll("packs/providers", parseProvider)),
  [pagePath]: () => performancePage(root),
  "docs/performance/cpu-over-nginx.svg": () => cpuPlot(root),
  "docs/performance/added-latency.svg": () => latencyPlot(root),
  "schema/policy.schema.json": () => formatJson(policyJsonSchema()),
  "schema/pack.schema.json": () => formatJson(packJsonSchema()),
  "schema/provider.schema.json": () => formatJson(providerJsonSchema()),
  "schema/cell.schema.json": () => formatJson(cellFileJsonSchema()),
  "schema/facts.schema.json": () => formatJson(factsJsonSchema()),
  "schema/tests.schema.json": () => formatJson(testFileJsonSchema()),
  "src/base/iso-3166-2.ts": subdivisionTable,
};

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

/** Every file of a folder, by name. A broken one is an error here too: nothing is generated from half of them. */
function readAll<Value>(
  folder: string,
  parse: (source: PackSource) => Result<Value, readonly Finding[]>,
): readonly Value[] {
  return globSync(`${folder}/*.yaml`, { cwd: root })
    .toSorted()
    .map((file) => {
      const text = readFileSync(resolve(root, file), "utf8");
      const parsed = parse({ file, text, id: basename(file, ".yaml") });
      if (!parsed.ok) throw new Error(parsed.error.map(formatFinding).join("\n"));
      return parsed.value;
    });
}

function readPackFiles(): readonly ReadPack[] {
  const regimes = readAll("packs", parsePack).map(({ regime }) => regime);
  return regimes.map((regime) => ({
    regime,
    text: readFileSync(resolve(root, `packs/${regime.id}.yaml`), "utf8"),
  }));
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
