// What the packs and the providers' data decide, one characteristic case or more for each: the real parser and the decider
// that serves, on a policy of one cell and one endpoint. Who edits a pack next sees here what that changes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { type CellId, parseInstant, type TenantId } from "../base/index.ts";
import { createDecider, explain } from "../law/index.ts";
import { formatFinding, noClaims, parsePolicy, type Policy, requestFacts } from "./index.ts";

const folder = join(import.meta.dirname, "../../packs");

interface Case {
  readonly title: string;
  readonly packs: string;
  /** Members of the tenant, in YAML; `class: personal` unless it says otherwise. */
  readonly tenant: string;
  /** Members of the endpoint, in YAML. A place means an operator of the tenant's own country. */
  readonly endpoint: string;
  /** `lawful`, or the rules that block, or `unknown` and the missing fact. */
  readonly expect: string;
  readonly at?: string;
  readonly mechanism?: string;
  /** Members of the operator. */
  readonly operator?: string;
  readonly obligation?: string;
}

const cases = parse(
  readFileSync(join(import.meta.dirname, "testdata/regime-table.yaml"), "utf8"),
) as readonly Case[];

for (const { title, expect, obligation, ...given } of cases) {
  test(title, () => {
    const { outcome, obligations } = decide(policyOf(given), given.at);
    assert.equal(outcome, expect);
    if (obligation !== undefined) assert.ok(obligations.includes(obligation), obligations.join(", "));
  });
}

test("every pack has a case", () => {
  const used = new Set(cases.flatMap(({ packs }) => packs.split(", ")));
  assert.deepEqual(
    namesIn("*.yaml").filter((id) => !used.has(id)),
    [],
  );
});

const placed = ["conditional", "hard_local"];
const everywhere = [
  "provider: anthropic, region: global",
  "provider: azure-openai, region: germanywestcentral/global, url: https://a.openai.azure.com",
  "provider: bedrock, region: global, model: global.m, url: https://bedrock-runtime.eu-central-1.amazonaws.com",
  "provider: cohere, region: global",
  "provider: gemini, region: global",
  "provider: mistral, region: global",
  "provider: openai, region: global",
  "provider: vertex, region: global, url: https://aiplatform.googleapis.com/v1/projects/acme",
];
const allClasses = "[health, financial, government, important-data]";

for (const endpoint of everywhere) {
  test(`\`${endpoint.split(", ").slice(0, 2).join(", ")}\` satisfies no law about places`, () => {
    for (const id of namesIn("*.yaml")) {
      // Some bind public bodies alone, others the secrets of one profession.
      const blocking = ["public", "legal"].flatMap((sector) => blocksOn(endpoint, id, sector));
      const { law } = policyOf({ packs: id, tenant: `in: ${homeOf(id)}`, endpoint });
      if (!placed.includes(law.regimes[0]?.rule ?? "")) continue;
      assert.ok(blocking.includes("siting") || blocking.includes(id), `${id}: ${blocking.join(", ")}`);
    }
  });
}

/** The rules that keep a tenant of the sector, at home where the pack is, from the endpoint. */
function blocksOn(endpoint: string, id: string, sector: string): readonly string[] {
  const tenant = `in: ${homeOf(id)}, class: ${allClasses}, sector: ${sector}`;
  const { law, tenants } = policyOf({ packs: id, tenant, endpoint });
  const atMs = Math.max(Date.UTC(2026, 10, 20), law.regimes[0]?.effective.fromMs ?? 0);
  const [derived] = explain(law, factsOf(tenants), atMs).endpoints;
  return derived?.verdicts.filter(({ passes }) => !passes).map(({ rule }) => rule) ?? [];
}

for (const [region, place, pack] of [
  ["au", "AU", "au-privacy"],
  ["ca", "CA-ON", "ca-pipeda"],
  ["gb", "GB", "uk-gdpr"],
  ["in", "IN", "in-dpdp"],
  ["jp", "JP", "jp-appi"],
  ["kr", "KR", "kr-pipa"],
  ["sg", "SG", "sg-pdpa"],
] as const) {
  test(`OpenAI's \`${region}\` stores there and computes nobody knows where: not even at home is it lawful`, () => {
    const policy = policyOf({
      packs: pack,
      tenant: `in: ${place}`,
      endpoint: `provider: openai, region: ${region}`,
    });
    assert.equal(decide(policy).outcome, "siting");
    assert.match(policy.warnings.map(formatFinding).join("\n"), /nobody can say where `openai` computes/);
  });
}

test("with the Data Privacy Framework switched off, its declaration opens nothing", () => {
  const shipped = readFileSync(join(folder, "eu-gdpr.yaml"), "utf8");
  const own = shipped
    .replace("    documents: [listing]\n", "    documents: [listing]\n    enabled: false\n")
    .replace("applies_when:", "overrides: eu-gdpr\nreason: the Court annulled 2023/1795\napplies_when:");
  const given = { packs: "eu-gdpr", tenant: "in: DE", endpoint: "provider: openai, region: us, support: US" };
  const under = (mechanism: string): string => decide(policyOf({ ...given, mechanism }, own)).outcome;
  assert.equal(under("kind: dpf, to: openai, listing: L-1"), "eu-gdpr");
  assert.equal(under("kind: scc-2021-914-m2, to: openai, tia: TIA-1"), "lawful");
});

type Given = Pick<Case, "packs" | "tenant" | "endpoint" | "mechanism" | "operator">;

/** `own` stands in front of the shipped eu-gdpr. */
function policyOf(given: Given, own: string | null = null): Policy {
  const { mechanism, operator = "" } = given;
  const place = /in: ([A-Z+-]+)/.exec(given.tenant)?.[1] ?? "";
  const tenant = given.tenant.replace(/in: [A-Z+-]+/, `established: ${place}, subjects: ${place}`);
  const model = /model: ([\w.-]+)/.exec(given.endpoint)?.[1] ?? "m";
  const endpoint = given.endpoint.replace(/, model: [\w.-]+/, "");
  const engine = /provider: (vertex|cohere)/.exec(endpoint)?.[1] ?? "openai-compatible";
  const site = /place:/.test(endpoint) ? "operator: own, url: https://e.example, " : "";
  const parsed = parsePolicy({
    file: "policy.yaml",
    text: `
bailiwick: 1
deployment: acme.example
law:
  packs: [${given.packs}]
  mechanisms: { ${mechanism === undefined ? "" : `m: { from: acme, ${mechanism} }`} }
operators: { own: { home: ${place}${operator && ", "}${operator} } }
cells: { c: { place: ${place}, url: https://c.example, operator: own } }
endpoints: { e: { cell: c, engine: ${engine}, ${site}${endpoint} } }
models: { assistant: { served-by: { e: ${model} } } }
tenants: { acme: { ${tenant}${/class:/.test(tenant) ? "" : ", class: personal"} } }
`,
    readPack: (id) => {
      const file = join(folder, `${id}.yaml`);
      if (id === "eu-gdpr" && own !== null) return { file: "own/eu-gdpr.yaml", text: own, shadows: file };
      return existsSync(file) ? { file, text: readFileSync(file, "utf8") } : null;
    },
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatFinding).join("\n"));
  return parsed.value;
}

function factsOf(tenants: Policy["tenants"]): ReturnType<typeof requestFacts> {
  const tenant = tenants.get("acme" as TenantId);
  assert.ok(tenant);
  return requestFacts(tenant, noClaims, "c" as CellId);
}

function decide(
  { law, tenants }: Policy,
  at = "2026-11-20",
): { outcome: string; obligations: readonly string[] } {
  const instant = parseInstant(at);
  assert.ok(instant.ok);
  const decision = createDecider(law).decide(factsOf(tenants), instant.value);
  if (decision.kind === "permit")
    return { outcome: "lawful", obligations: decision.permit.terms.obligations };
  const { kind, blocks, missing } = decision.refusal;
  if (kind === "jurisdiction_unknown") return { outcome: `unknown: ${missing.join(", ")}`, obligations: [] };
  return { outcome: [...new Set(blocks.map(({ rule }) => rule))].toSorted().join(", "), obligations: [] };
}

function homeOf(id: string): string {
  const home = /^home: \[?([A-Z+-]+)/m.exec(readFileSync(join(folder, `${id}.yaml`), "utf8"))?.[1] ?? "DE";
  return home === "EEA" || home === "EU" ? (id.startsWith("fr-") ? "FR" : "DE") : home;
}

function namesIn(pattern: string): readonly string[] {
  return globSync(join(folder, pattern)).map((file) => basename(file, ".yaml"));
}
