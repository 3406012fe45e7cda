// What the packs must keep true together, whoever edits them: real packs, in a policy of one cell and one endpoint.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CellId, TenantId } from "../src/base/index.ts";
import { formatFinding, noClaims, parsePolicy, type Policy, requestFacts } from "../src/config/index.ts";
import { createDecider, type Decision } from "../src/law/index.ts";

const packs = join(import.meta.dirname, "../packs");
const today = Date.UTC(2026, 10, 20);

interface Scene {
  readonly law: string;
  /** Where the endpoint and its cell compute and store. */
  readonly place: string;
  readonly subject: string;
  readonly class?: string;
  /** More keys of the tenant, the operator, and `law.mechanisms`, in YAML. */
  readonly tenant?: string;
  readonly operator?: string;
  readonly mechanisms?: string;
  readonly nowMs?: number;
}

const american = { law: "eu-gdpr", place: "US", subject: "DE" } as const;
const clauses = "to-us: { kind: scc-2021-914-m2, from: acme, to: somebody, tia: TIA-1 }";

for (const place of ["CH", "GB", "GL", "SJ", "JE", "TR", "NC"]) {
  test(`${place} is not at home under the GDPR`, () => {
    const decision = decide({ law: "eu-gdpr", place, subject: "DE" });
    assert.ok(!groundsOf(decision).includes("home"));
  });
}

for (const place of ["RE", "GP", "AX", "NO", "ES-CN", "CY"]) {
  test(`${place} is at home under the GDPR`, () => {
    assert.deepEqual(groundsOf(decide({ law: "eu-gdpr", place, subject: "DE" })), ["home"]);
  });
}

test("Jersey passes the GDPR by its own decision, Greenland does not pass", () => {
  assert.deepEqual(groundsOf(decide({ law: "eu-gdpr", place: "JE", subject: "DE" })), ["free"]);
  assert.equal(decide({ law: "eu-gdpr", place: "GL", subject: "DE" }).kind, "refusal");
});

test("without the framework an American endpoint fails the GDPR, unless clauses with an assessment are declared", () => {
  assert.equal(decide(american).kind, "refusal");
  assert.deepEqual(groundsOf(decide({ ...american, mechanisms: clauses })), ["mechanism"]);
});

const everywhere = "[DE, FR, US, BR, IN, SG, JP, AU, AE, ZA, CN]";
const local = [
  { law: "eu-gdpr", subject: "DE" },
  { law: "uk-gdpr", subject: "GB" },
  { law: "ch-fadp", subject: "CH" },
  { law: "ae-health", subject: "AE", class: "health" },
  { law: "ru-152", subject: "RU" },
  { law: "sa-pdpl", subject: "SA" },
  { law: "kr-pipa", subject: "KR" },
  { law: "jp-appi", subject: "JP" },
  { law: "br-lgpd", subject: "BR" },
  { law: "cn-pipl", subject: "CN" },
] as const;

for (const { law, subject, ...rest } of local) {
  test(`\`global\` does not satisfy ${law}`, () => {
    assert.equal(decide({ law, subject, place: everywhere, ...rest }).kind, "refusal");
  });
}

const decree = "decree: { kind: mr-51-2021, from: acme, to: somebody, decision: MOH-7 }";

test("health data leaves the Emirates under a decision of the minister, and not without", () => {
  const abroad = { law: "ae-health, eu-gdpr", place: "DE", subject: "AE", class: "health" };
  assert.equal(decide(abroad).kind, "refusal");
  assert.ok(groundsOf(decide({ ...abroad, mechanisms: decree })).includes("mechanism"));
});

test("a Russian patient in Dubai has no lawful place, unless one of the two laws excepts the case", () => {
  const patient = {
    law: "ae-health, ru-152",
    subject: "AE",
    class: "health",
    tenant: "citizenships: RU",
  };
  for (const place of ["AE", "RU", "DE"]) {
    const decision = decide({ ...patient, place });
    assert.ok(decision.kind === "refusal", place);
    const rules = new Set(decision.refusal.blocks.map(({ rule }) => rule));
    assert.deepEqual([...rules].toSorted(), ["ae-health", "ru-152"]);
  }
  assert.equal(decide({ ...patient, place: "RU", mechanisms: decree }).kind, "permit");
});

test("the rules of India begin at midnight of 13 May 2027 in India", () => {
  const flipsMs = Date.parse("2027-05-13T00:00:00+05:30");
  const indian = { law: "in-dpdp", place: "IN", subject: "IN" };
  const before = decide({ ...indian, nowMs: flipsMs - 1 });
  const after = decide({ ...indian, nowMs: flipsMs });
  assert.deepEqual([regimesOf(before), regimesOf(after)], [[], ["in-dpdp"]]);
});

function decide(scene: Scene): Decision {
  const policy = policyOf(scene);
  const tenant = policy.tenants.get("acme" as TenantId);
  assert.ok(tenant);
  const facts = requestFacts(tenant, noClaims, "cell" as CellId);
  return createDecider(policy.law).decide(facts, scene.nowMs ?? today);
}

function policyOf(scene: Scene): Policy {
  const { law, place, subject, tenant = "", operator = "", mechanisms = "" } = scene;
  const text = `
bailiwick: 1
deployment: acme.example
law:
  packs: [${law}]
  mechanisms: { ${mechanisms} }
operators:
  somebody: { home: ${place.replace(/^\[(..).*/, "$1")}, ${operator} }
cells:
  cell: { place: ${place.replace(/^\[(..).*/, "$1")}, url: "https://cell.example", operator: somebody }
endpoints:
  engine: { cell: cell, engine: llamacpp, operator: somebody, place: ${place} }
models:
  assistant: { served-by: { engine: tiny } }
tenants:
  acme: { established: ${subject}, subjects: ${subject}, class: ${scene.class ?? "personal"}, ${tenant} }
`;
  const parsed = parsePolicy({
    file: "policy.yaml",
    text,
    readPack: (id) => {
      const path = join(packs, `${id}.yaml`);
      return existsSync(path) ? { file: path, text: readFileSync(path, "utf8") } : null;
    },
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatFinding).join("\n"));
  return parsed.value;
}

function groundsOf(decision: Decision): readonly string[] {
  if (decision.kind === "refusal") return [];
  return decision.permit.terms.endpoints.flatMap(({ grounds }) => grounds.map(({ kind }) => kind));
}

function regimesOf(decision: Decision): readonly string[] {
  return decision.kind === "permit" ? decision.permit.terms.regimes : [];
}
