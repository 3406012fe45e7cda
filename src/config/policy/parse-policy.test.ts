import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sampleDocument } from "../../../test/support/law-samples.ts";
import { nothingAttested } from "../../law/index.ts";
import type { Place } from "../../base/index.ts";
import { formatFinding, parseCellFile, parsePolicy, type Policy } from "../index.ts";

const root = join(import.meta.dirname, "../../..");

test("the demo's policy is read without errors, and its only warnings are about packs from background knowledge", () => {
  const { warnings, law, tenants } = demo();
  assert.deepEqual(
    warnings.map(({ severity, found }) => [severity, found]),
    ["us-cloud-act"].map((id) => ["warning", `\`${id}\`, a pack whose confidence is \`background\``]),
  );
  assert.deepEqual(
    law.endpoints.map(({ id, cell, operator, computes }) => [
      id,
      cell,
      operator.id,
      operator.home,
      ...computes,
    ]),
    [
      ["fra-1", "eu-frankfurt", "rhein-cloud", "DE", "DE"],
      ["fra-2", "eu-frankfurt", "rhein-cloud", "DE", "DE"],
      ["fra-3", "eu-frankfurt", "pacific-cloud", "US", "DE"],
      ["iad-1", "us-virginia", "pacific-cloud", "US", "US"],
      ["iad-2", "us-virginia", "pacific-cloud", "US", "US"],
      ["dxb-1", "ae-dubai", "gulf-cloud", "AE", "AE"],
      ["dxb-2", "ae-dubai", "gulf-cloud", "AE", "AE"],
    ],
  );
  assert.deepEqual(Array.from(tenants.keys()), ["demo-bank", "demo-clinic", "demo-shop", "demo-dubai"]);
});

test("the demo's model is served in every cell, home first", () => {
  const { models, endpoints } = demo();
  const [assistant] = models.values();
  assert.equal(assistant?.mode, "legal-first");
  assert.deepEqual(Array.from(assistant?.servedBy.keys() ?? []), Array.from(endpoints.keys()));
});

test("what an author leaves out gets the meaning that the reference promises", () => {
  const policy = read(`
bailiwick: 1
deployment: acme.example
law:
  packs: [eu-gdpr]
  mechanisms:
    bank-to-us: { kind: scc-2021-914-m2, from: bank-ag, to: pacific, tia: TIA-17, until: 2027-06-30 }
operators:
  rhein: { home: DE, parents: [{ home: US, since: 2026-01-01 }] }
  pacific: { home: US }
cells:
  fra: { place: DE, url: http://127.0.0.1:7401, operator: rhein, stores: [DE, FR] }
endpoints:
  any: { cell: fra, engine: openai-compatible, url: https://llm.example, operator: rhein, place: [DE, CH], key: "\${file:key.txt}" }
  own: { cell: fra, engine: llamacpp, operator: rhein, place: DE, premises: DE }
models:
  assistant: { served-by: { any: llama-3.3-70b@sha256:9f, own: tiny } }
tenants:
  bank:
    established: DE
    entity: bank-ag
    subjects: DE
    class: personal
    requires: { residency: EEA, sovereignty }
    limits: { requests-per-minute: 60 }
`);
  const [any, own] = policy.law.endpoints;
  assert.deepEqual(
    [any?.support.map(({ place }) => place), any?.retentionDays, any?.certifications],
    [["DE", "CH"], null, []],
  );
  assert.deepEqual([any?.stores, any?.premises, any?.evidence], [["DE", "CH"], null, "E1"]);
  assert.deepEqual([own?.stores, own?.premises], [["DE"], ["DE"]]);
  assert.deepEqual(any?.operator.parents, [
    { home: "US", validity: { fromMs: Date.UTC(2026, 0, 1), untilMs: null } },
  ]);
  assert.deepEqual([policy.law.cells[0]?.computes, policy.law.cells[0]?.stores], [["DE"], ["DE", "FR"]]);
  assert.deepEqual(
    Array.from(policy.endpoints.values(), ({ engine, url, apiKey }) => ({ engine, url, apiKey })),
    [
      { engine: "openai-compatible", url: "https://llm.example", apiKey: { kind: "file", path: "key.txt" } },
      { engine: "llamacpp", url: null, apiKey: null },
    ],
  );
  assert.deepEqual(policy.law.mechanisms, [
    {
      id: "bank-to-us",
      kind: "scc-2021-914-m2",
      from: "bank-ag",
      to: "pacific",
      documents: { tia: sampleDocument("TIA-17") },
      classes: null,
      validity: { fromMs: null, untilMs: Date.UTC(2027, 5, 30) },
    },
  ]);
  const [bank] = policy.tenants.values();
  assert.deepEqual(bank?.attested, nothingAttested);
  assert.deepEqual(
    bank?.requirements.map(({ level, zoneName, zone }) => [
      level,
      zoneName,
      zone.has("FR" as Place),
      zone.has("DE" as Place),
    ]),
    [
      ["residency", "EEA", true, true],
      ["sovereignty", "DE", false, true],
    ],
  );
  assert.deepEqual(bank?.limits, [
    {
      kind: "tenant",
      tenant: "bank",
      name: null,
      id: "bank",
      requestsPerMinute: 60,
      tokensPerMinute: null,
      concurrentRequests: null,
      budget: null,
    },
  ]);
  assert.deepEqual([bank?.models, bank?.sector, bank?.citizenships], [null, null, []]);
  assert.equal(bank?.priority, "normal");
});

test("every pinned pack is a part of the policy's hash", () => {
  const text = readFileSync(join(root, "examples/demo/policy.yaml"), "utf8");
  const changed = read(text, (pack) => `${pack}# one more comment\n`);
  assert.match(demo().law.hash, /^[0-9a-f]{64}$/);
  assert.notEqual(demo().law.hash, changed.law.hash);
});

test("what is wrong with a pack is said about the pack's own file", () => {
  const result = parsePolicy({
    file: "policy.yaml",
    text: readFileSync(join(root, "examples/demo/policy.yaml"), "utf8"),
    readPack: (id) => ({ file: `packs/${id}.yaml`, text: "bailiwick-pack: 2\n" }),
    sha256,
  });
  assert.ok(!result.ok);
  assert.ok(
    result.error.some(
      ({ file, line, path }) => file === "packs/ru-152.yaml" && line === 1 && path === "bailiwick-pack",
    ),
  );
});

test("the demo's cell file listens on the demo's ports", () => {
  const file = "examples/demo/eu-frankfurt.yaml";
  const result = parseCellFile({ file, text: readFileSync(join(root, file), "utf8") });
  assert.ok(result.ok);
  assert.deepEqual(result.value.listen, { host: "127.0.0.1", port: 7401 });
  assert.deepEqual(
    result.value.simulatedEngines.map(({ endpoint, port }) => [endpoint, port]),
    [
      ["fra-1", 7421],
      ["fra-2", 7422],
      ["fra-3", 7423],
    ],
  );
});

function demo(): Policy {
  return read(readFileSync(join(root, "examples/demo/policy.yaml"), "utf8"));
}

function read(text: string, change: (pack: string) => string = (pack) => pack): Policy {
  const result = parsePolicy({
    file: "policy.yaml",
    text,
    readPack: (id) => ({
      file: `packs/${id}.yaml`,
      text: change(readFileSync(join(root, `packs/${id}.yaml`), "utf8")),
    }),
    sha256,
  });
  assert.ok(result.ok, result.ok ? "" : result.error.map(formatFinding).join("\n"));
  return result.value;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
