import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { serviceAccountFile } from "../../../test/support/token-endpoint.ts";
import type { CellId } from "../../base/index.ts";
import { formatFinding, parsePolicy } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { EndpointAddress } from "../../providers/index.ts";
import { endpointAddresses } from "./endpoint-addresses.ts";

test("a key file is read as one line, however it was written", (t) => {
  const pretty = JSON.stringify(JSON.parse(serviceAccountFile()), null, 2);
  assert.equal(addressOf(t, "vertex", `${pretty}\n`)?.apiKey, serviceAccountFile());
});

test("what an endpoint has to show is part of how it is reached", (t) => {
  assert.deepEqual(addressOf(t, "openai-compatible", "k")?.attestation, {
    kind: "sev-snp",
    path: "/v1/attestation/report",
    product: "turin",
    measurements: ["ab".repeat(48)],
    minimumTcb: { fmc: 1, bootLoader: 2, tee: 3, snp: 4, microcode: 5 },
    root: null,
  });
  assert.equal(addressOf(t, "sim", "k")?.attestation, undefined);
});

for (const { title, engine, text, told } of [
  {
    title: "a key file that is cut",
    engine: "vertex",
    text: '{"type":"hunter2',
    told: /`e`: file `key` begins as JSON/,
  },
  { title: "another key for Vertex", engine: "vertex", text: "hunter2", told: /`e`: its key is no key file/ },
  {
    title: "a key file whose project is none",
    engine: "vertex",
    text: serviceAccountFile({ project_id: "../hunter2" }),
    told: /`e`: the project of its key file is no project's id/,
  },
  {
    title: "a key file without a project",
    engine: "vertex",
    text: serviceAccountFile({ project_id: undefined, hunter2: 1 }),
    told: /`e`: no project/,
  },
  {
    title: "a key file for an engine that sends its key as it is",
    engine: "sim",
    text: serviceAccountFile({ hunter2: 1 }),
    told: /`e`: file `key` holds characters that no API key has/,
  },
] as const) {
  test(`${title} is told when it is read, without a word of it`, (t) => {
    assert.throws(
      () => addressOf(t, engine, text),
      (error) =>
        error instanceof UnusableInputError &&
        told.test(error.lines.join()) &&
        !/hunter2/.test(error.lines.join()),
    );
  });
}

const sites = {
  "openai-compatible": `url: https://e.example, place: DE, operator: own, attestation: { kind: sev-snp, product: turin, measurements: ["${"ab".repeat(48)}"], minimum-tcb: { fmc: 1, boot-loader: 2, tee: 3, snp: 4, microcode: 5 } }`,
  vertex: "provider: vertex, region: eu, url: https://aiplatform.eu.rep.googleapis.com, support: DE",
  sim: "url: https://e.example, place: DE, operator: own",
} as const;

function addressOf(t: TestContext, engine: keyof typeof sites, key: string): EndpointAddress | undefined {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "key"), key);
  const parsed = parsePolicy({
    file: "policy.yaml",
    text: `
bailiwick: 1
deployment: acme.example
law: { packs: [eu-gdpr] }
operators: { own: { home: DE } }
cells: { c: { place: DE, url: https://c.example, operator: own } }
endpoints: { e: { cell: c, engine: ${engine}, ${sites[engine]}, key: "\${file:key}" } }
models: { assistant: { served-by: { e: gemini-3-pro } } }
tenants: { acme: { established: DE, subjects: DE, class: personal } }
`,
    readPack: (id) => {
      const file = join(import.meta.dirname, `../../../packs/${id}.yaml`);
      return existsSync(file) ? { file, text: readFileSync(file, "utf8") } : null;
    },
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatFinding).join("\n"));
  const place = { cell: "c" as CellId, policyFile: join(directory, "policy.yaml"), modelFiles: new Map() };
  return endpointAddresses(parsed.value, place)[0];
}
