// A policy of one endpoint, as it is read with the shipped packs and providers, or with one of its own.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePolicy } from "../../src/config/index.ts";
import type { PackText } from "../../src/config/packs/pinned-packs.ts";

export const packFolder: string = join(import.meta.dirname, "../../packs");

interface Given {
  readonly endpoint?: string;
  readonly engine?: string;
  readonly model?: string;
  readonly operators?: string;
  readonly mechanism?: string;
  readonly own?: string;
  readonly shadows?: string | null;
  readonly lock?: { readonly file: string; readonly text: string };
}

export function parseOne({
  endpoint = "place: DE, operator: own, url: https://e.example",
  engine = "openai-compatible",
  model = "some-model",
  operators = "own: { home: DE }",
  mechanism = "",
  own,
  shadows = "shipped/eu-gdpr.yaml",
  lock,
}: Given): ReturnType<typeof parsePolicy> {
  const cellOperator = operators.split(":")[0];
  return parsePolicy({
    file: "policy.yaml",
    text: `
bailiwick: 1
deployment: acme.example
law: { packs: [eu-gdpr], mechanisms: { ${mechanism} } }
operators: { ${operators} }
cells: { c: { place: DE, url: https://c.example, operator: ${cellOperator} } }
endpoints: { e: { cell: c, engine: ${engine}, ${endpoint} } }
models: { m: { served-by: { e: ${model} } } }
tenants: { t: { established: DE, subjects: DE, class: personal } }
`,
    readPack: (id): PackText | null => {
      if (own !== undefined && id === "eu-gdpr") return { file: "packs/eu-gdpr.yaml", text: own, shadows };
      const file = join(packFolder, `${id}.yaml`);
      return existsSync(file) ? { file, text: readFileSync(file, "utf8") } : null;
    },
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    lock: lock ?? null,
  });
}
