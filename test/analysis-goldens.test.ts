// What the analyses say of every example. Goldens are updated by `UPDATE_GOLDENS=1 node --test test/analysis-goldens.test.ts`
// and reviewed as diffs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import type { CellId, Place } from "../src/base/index.ts";
import { deploymentOf, formatFinding, parsePolicy } from "../src/config/index.ts";
import { calendarOf, type Deployment, diffPolicies, drill, type DrillScenario } from "../src/law/index.ts";
import { checked } from "./support/deployments.ts";

const root = join(import.meta.dirname, "..");
const period = { fromMs: Date.UTC(2026, 11, 1), untilMs: Date.UTC(2028, 11, 1) };

for (const file of globSync(join(root, "examples/*/policy.yaml")).toSorted()) {
  const name = basename(dirname(file));
  const deployment = read(file);

  test(`check proves the example ${name}, and says of it what it said before`, () => {
    // The hash covers comments too; the golden is about what the policy means.
    const report = { ...checked(deployment, period), policyHash: "HASH" };
    assert.deepEqual(report.counterexamples, []);
    compare(`check-${name}`, report);
  });

  test(`the calendar of the example ${name} is as it was`, () => {
    compare(`calendar-${name}`, calendarOf(deployment, { ...period, untilMs: Date.UTC(2033, 0, 1) }));
  });

  test(`drills of the example ${name} end as they did`, () => {
    const scenarios: readonly DrillScenario[] = [
      ...deployment.law.cells.map(({ id }): DrillScenario => ({ kind: "cell-down", cell: id })),
      { kind: "place-down", place: "DE" as Place },
      { kind: "operator-down", operator: "pacific-cloud" },
      { kind: "suspended", target: { kind: "operator", name: "pacific-cloud" } },
    ];
    const drills = scenarios.map((scenario) => {
      const { verdict, down, rows } = drill(deployment, scenario, period.fromMs);
      const told = rows.map(({ tenant, model, outcome, before, after }) => {
        const change = `${before.status} by ${before.cell ?? "nobody"} → ${after.status} by ${after.cell ?? "nobody"}`;
        return `${tenant} ${model}: ${outcome}, ${change} on ${after.endpoints.join(" ") || "nothing"}`;
      });
      return { scenario, verdict, down, rows: told };
    });
    compare(`drill-${name}`, drills);
  });
}

test("the demo without its clinic's wish for sovereignty would let the clinic reach an operator under foreign orders", () => {
  const demo = read(join(root, "examples/demo/policy.yaml"));
  const relaxed = demo.tenants.map((tenant) =>
    tenant.id === "demo-clinic" ? { ...tenant, facts: { ...tenant.facts, requirements: [] } } : tenant,
  );
  const { patterns } = diffPolicies(demo, { ...demo, tenants: relaxed }, period);
  assert.deepEqual(
    [...new Set(patterns.map(({ kind, tenants }) => `${kind} ${tenants.join()}`))],
    ["newly-allowed demo-clinic"],
  );
  const [unclaimed] = patterns.filter(
    ({ places, classes }) => places.includes(null) && classes.includes(null),
  );
  assert.deepEqual(unclaimed?.endpoints, ["fra-3"]);
});

test("a cell of the demo that is lost leaves its tenants without lawful endpoints, and no other cell takes them", () => {
  const { verdict, rows } = drill(
    read(join(root, "examples/demo/policy.yaml")),
    { kind: "cell-down", cell: "eu-frankfurt" as CellId },
    period.fromMs,
  );
  assert.equal(verdict, "fails");
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome === "lost").map(({ tenant, after }) => [tenant, after.status]),
    [
      ["demo-bank", 503],
      ["demo-clinic", 503],
    ],
  );
});

function read(file: string): Deployment {
  const policy = parsePolicy({
    file,
    text: readFileSync(file, "utf8"),
    readPack: (id) => {
      const pack = join(root, `packs/${id}.yaml`);
      return existsSync(pack) ? { file: pack, text: readFileSync(pack, "utf8") } : null;
    },
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  if (!policy.ok) throw new Error(policy.error.map(formatFinding).join("\n"));
  return deploymentOf(policy.value);
}

function compare(name: string, value: unknown): void {
  const text = `${JSON.stringify(value, readable, 2)}\n`;
  const file = join(import.meta.dirname, `testdata/${name}.json`);
  if (process.env["UPDATE_GOLDENS"] === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

/** Lists of words on one line, instants as dates. */
function readable(key: string, value: unknown): unknown {
  if (typeof value === "number" && key.endsWith("Ms")) return new Date(value).toISOString();
  const isWords =
    Array.isArray(value) && value.length > 3 && value.every((word) => /^[A-Z+-]+$/.test(String(word)));
  return isWords ? value.join(" ") : value;
}
