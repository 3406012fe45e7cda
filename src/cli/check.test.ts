// `check` as an editor or a CI job runs it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const program = new URL("../../bin/bailiwick", import.meta.url).pathname;
const demo = readFileSync(new URL("../../examples/demo/policy.yaml", import.meta.url), "utf8");

function check(
  text: string | Uint8Array,
  ...flags: readonly string[]
): { code: number | null; stdout: string } {
  const file = join(mkdtempSync(join(tmpdir(), "bailiwick-check-")), "policy.yaml");
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(program, ["check", file, ...flags], { encoding: "utf8" });
  return { code: status, stdout: (stdout + stderr).replaceAll(file, "policy.yaml") };
}

test("the published example has no errors", () => {
  const { code, stdout } = check(demo);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^policy\.yaml: 0 errors, \d+ warnings?$/m);
});

test("every error is told at once, each with its line and column, as compilers do: exit 1", () => {
  const bad = demo
    .replace("rhein-cloud: { home: DE }", "rhein-cloud: { home: UK }")
    .replace("cell: ae-dubai, engine: sim", "cell: ae-dubay, engine: sim");
  const { code, stdout } = check(bad);
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

test("a tenant whose requests are refused, and one without a lawful endpoint for a model, are warned of where they stand", () => {
  const { code, stdout } = check(
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

test("--json is one value with the same findings", () => {
  const { code, stdout } = check(demo.replace("home: DE", "home: UK"), "--json");
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

test("a file that is not UTF-8 is unusable input: exit 2", () => {
  const { code, stdout } = check(Uint8Array.of(0x62, 0xff, 0x0a));
  assert.equal(code, 2);
  assert.match(stdout, /is not UTF-8; save it as UTF-8/);
});
