// `check` as an editor or a CI job runs it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command } from "../../../../test/support/command.ts";

const demo = readFileSync(new URL("../../../../examples/demo/policy.yaml", import.meta.url), "utf8");

async function check(
  text: string | Uint8Array,
  ...flags: readonly string[]
): Promise<{ code: number; stdout: string }> {
  const file = join(mkdtempSync(join(tmpdir(), "bailiwick-check-")), "policy.yaml");
  writeFileSync(file, text);
  const { code, stdout, stderr } = await command("check", file, ...flags);
  return { code, stdout: (stdout + stderr).replaceAll(file, "policy.yaml") };
}

test("the published example has no errors", async () => {
  const { code, stdout } = await check(demo);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^policy\.yaml: 0 errors, \d+ warnings?$/m);
});

test("every error is told at once, each with its line and column, as compilers do: exit 1", async () => {
  const bad = demo
    .replace("rhein-cloud: { home: DE }", "rhein-cloud: { home: UK }")
    .replace("cell: ae-dubai, engine: sim", "cell: ae-dubay, engine: sim");
  const { code, stdout } = await check(bad);
  assert.equal(code, 1, stdout);
  const lineOf = (text: string): number => bad.slice(0, bad.indexOf(text)).split("\n").length;
  assert.match(
    stdout,
    new RegExp(`^policy\\.yaml:${lineOf("home: UK")}:\\d+: error: operators\\.rhein-cloud\\.home: `, "m"),
  );
  assert.match(
    stdout,
    new RegExp(`^policy\\.yaml:${lineOf("ae-dubay")}:\\d+: error: endpoints\\.dxb-1\\.cell: `, "m"),
  );
});

test("permits that rest on a tool for one role, of a tenant that has not said its own, are an assumption that says how to end it", async () => {
  const withTool = demo
    .replace(/^ {2}# {3}mechanisms:\n {2}# {5}(.*)$/m, "  mechanisms:\n    $1")
    .replace("requires: { residency: EEA }", "requires: {}");
  const { stdout } = await check(withTool, "--at", "2026-12-01", "--horizon", "P1M");
  assert.match(
    stdout,
    /^policy\.yaml:\d+:\d+: warning: tenants\.demo-bank\.role: role of `demo-bank` is not stated: tools for either are taken as fitting, and `us-virginia`, `iad-1`, `iad-2` rests on one; write `role: controller` or `role: processor`$/m,
  );
  assert.match(stdout, /: proved under 3 assumptions,/);
  assert.doesNotMatch(stdout, /role of `demo-(?!bank)/);
  const stated = await check(
    withTool.replace("  demo-bank:\n", "  demo-bank:\n    role: controller\n"),
    "--at",
    "2026-12-01",
    "--horizon",
    "P1M",
  );
  assert.match(stated.stdout, /: proved under 2 assumptions,/);
  assert.doesNotMatch(stated.stdout, /role of `/);
});

test("a tenant whose requests are refused, and one without a lawful endpoint for a model, are warned of where they stand", async () => {
  const { code, stdout } = await check(
    demo
      .replace("requires: { residency: EEA }", "requires: { residency: IS }")
      .replace("models:\n", "models:\n  local: { served-by: { iad-1: local } }\n"),
  );
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^policy\.yaml:\d+:\d+: warning: tenants\.demo-bank: its requests are refused now .*requires:residency:IS/m,
  );
  assert.match(
    stdout,
    /^policy\.yaml:\d+:\d+: warning: tenants\.demo-clinic: no endpoint that serves model `local`/m,
  );
});

test("--json is one value with the same findings", async () => {
  const { code, stdout } = await check(demo.replace("home: DE", "home: UK"), "--json");
  assert.equal(code, 1);
  const { ok, policy, findings } = JSON.parse(stdout) as {
    ok: boolean;
    policy: string | null;
    findings: readonly { severity: string; line: number; path: string }[];
  };
  assert.equal(ok, false);
  assert.equal(policy, null);
  assert.ok(
    findings.some(({ severity, path }) => severity === "error" && path === "operators.rhein-cloud.home"),
  );
});

test("a file that is not UTF-8 is unusable input: exit 2", async () => {
  const { code, stdout } = await check(Uint8Array.of(0x62, 0xff, 0x0a));
  assert.equal(code, 2);
  assert.match(stdout, /is not UTF-8; save it as UTF-8/);
});

test("what is proved is said, with how many requests it covers", async () => {
  const { code, stdout } = await check(demo, "--at", "2026-12-01", "--horizon", "P6M");
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^policy\.yaml: \d+ requests of \d+ kinds, \d+ decisions, \d+ variants of the policy, from 2026-12-01 until 2027-06-01: no permit holds an endpoint that the packs forbid$/m,
  );
});

test("a tenant that hangs on one endpoint, and one whose transfer tool ends, are warned of with the day", async () => {
  const text = demo
    .replace(
      "us-cloud-act]\n",
      "us-cloud-act]\n  mechanisms:\n    out: { kind: scc-2021-914-m2, from: demo-bank, to: pacific-cloud, tia: T, until: 2027-06-30 }\n",
    )
    .replace("requires: { residency: EEA }", "requires: { residency: US }");
  const { code, stdout } = await check(text, "--at", "2026-12-01", "--max-down", "2");
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /warning: tenants\.demo-bank: if `iad-1`, `iad-2` is down, nothing lawful serves model `assistant`/,
  );
  assert.match(
    stdout,
    /warning: tenants\.demo-bank: from 2027-06-30 `iad-1`, `iad-2` is not lawful for it: .*out/,
  );
  assert.match(
    stdout,
    /warning: tenants\.demo-bank: from 2027-06-30 no endpoint that serves model `assistant`/,
  );
});

test("--sarif is a log of SARIF 2.1.0 with every finding at its line, and the same exit code", async () => {
  const bad = demo.replace("home: DE", "home: UK");
  const { code, stdout } = await check(bad, "--sarif");
  assert.equal(code, 1);
  const log = JSON.parse(stdout) as {
    $schema: string;
    version: string;
    runs: readonly {
      tool: { driver: { name: string; rules: readonly { id: string }[] } };
      results: readonly {
        ruleId: string;
        level: string;
        message: { text: string };
        locations: readonly {
          physicalLocation: {
            artifactLocation: { uri: string };
            region: { startLine: number; startColumn: number };
          };
        }[];
      }[];
    }[];
  };
  assert.equal(log.version, "2.1.0");
  assert.match(log.$schema, /sarif-schema-2\.1\.0\.json$/);
  const [run] = log.runs;
  assert.equal(run?.tool.driver.name, "bailiwick");
  const rules = new Set(run.tool.driver.rules.map(({ id }) => id));
  assert.ok(run.results.length > 0);
  for (const { ruleId, level, message, locations } of run.results) {
    assert.ok(rules.has(ruleId), ruleId);
    assert.ok(["none", "note", "warning", "error"].includes(level));
    assert.notEqual(message.text, "");
    const { artifactLocation, region } = locations[0]?.physicalLocation ?? assert.fail("no location");
    assert.equal(artifactLocation.uri, "policy.yaml");
    assert.ok(region.startLine >= 1 && region.startColumn >= 1);
  }
  const line = bad.slice(0, bad.indexOf("home: UK")).split("\n").length;
  assert.ok(run.results.some(({ locations }) => locations[0]?.physicalLocation.region.startLine === line));
});

test("a horizon that is none is bad usage: exit 64", async () => {
  const { code, stdout } = await check(demo, "--horizon", "two years");
  assert.equal(code, 64);
  assert.match(stdout, /expected a period such as P24M/);
});
