import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const program = new URL("../../bin/bailiwick", import.meta.url).pathname;
const ours = new URL("../../packs/", import.meta.url).pathname;

function packs(args: readonly string[], cwd = tmpdir()) {
  const { status, stdout, stderr } = spawnSync(program, ["packs", ...args], { cwd, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

test("packs list names every pack that comes with the program", () => {
  const { code, stdout } = packs(["list"]);
  assert.equal(code, 0);
  const files = readdirSync(ours).filter((name) => name.endsWith(".yaml"));
  for (const file of files) assert.match(stdout, new RegExp(`^${file.replace(".yaml", "")} `, "m"));
  assert.equal((JSON.parse(packs(["list", "--json"]).stdout) as unknown[]).length, files.length);
});

test("packs show prints the law as it is written, under its hash", () => {
  const { code, stdout } = packs(["show", "eu-gdpr"]);
  assert.equal(code, 0);
  assert.match(stdout, /^# sha256 [0-9a-f]{64}$/m);
  assert.ok(stdout.includes(readFileSync(join(ours, "eu-gdpr.yaml"), "utf8").trimEnd()));
});

test("packs show of a pack that is not there names the one that was meant: exit 2", () => {
  const { code, stderr } = packs(["show", "eu-gpdr"]);
  assert.equal(code, 2);
  assert.match(stderr, /pack `eu-gpdr` does not exist; did you mean `eu-gdpr`\?/);
});

test("packs outdated is quiet before the first review, and exit 1 after the last", () => {
  const early = packs(["outdated", "--at", "2026-11-20"]);
  assert.equal(early.code, 0, early.stdout);
  const late = packs(["outdated", "--at", "2099-01-01", "--json"]);
  assert.equal(late.code, 1);
  const due = JSON.parse(late.stdout) as readonly { readonly is: readonly string[] }[];
  assert.ok(due.length > 0 && due.every(({ is }) => is.includes("overdue")));
});

test("an own pack in packs/ stands in the place of the program's, and a broken one is named with its line", () => {
  const cwd = mkdtempSync(join(tmpdir(), "bailiwick-packs-"));
  mkdirSync(join(cwd, "packs"));
  const text = readFileSync(join(ours, "us-hipaa.yaml"), "utf8");
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^title: .*$/m, "title: Our own reading"));
  const unsaid = packs(["list"], cwd);
  assert.equal(unsaid.code, 2);
  assert.match(unsaid.stderr, /say `overrides: us-hipaa` and a `reason`/);
  const said = "title: Our own reading\noverrides: us-hipaa\nreason: counsel reads it otherwise";
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^title: .*$/m, said));
  assert.match(packs(["list"], cwd).stdout, /^us-hipaa .*Our own reading$/m);
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^rule: .*$/m, "rule: no"));
  const { code, stderr } = packs(["list"], cwd);
  assert.equal(code, 2);
  assert.match(stderr, /packs\/us-hipaa\.yaml:\d+:\d+: error: rule: /);
});

test("a locked policy is refused when a pack's text changes, until it is read and locked again", () => {
  const cwd = mkdtempSync(join(tmpdir(), "bailiwick-lock-"));
  const text = readFileSync(new URL("../../examples/demo/policy.yaml", import.meta.url), "utf8");
  writeFileSync(join(cwd, "policy.yaml"), text);
  assert.equal(packs(["lock", "policy.yaml"], cwd).code, 0);
  const before = ["outdated", "policy.yaml", "--at", "2026-11-20"];
  assert.equal(packs(before, cwd).code, 0, packs(before, cwd).stdout);
  const lock = readFileSync(join(cwd, "bailiwick.lock"), "utf8");
  assert.match(lock, /^eu-gdpr [0-9a-f]{64}$/m);

  writeFileSync(join(cwd, "bailiwick.lock"), lock.replace(/^eu-gdpr .*$/m, `eu-gdpr ${"0".repeat(64)}`));
  const { status } = spawnSync(program, ["check", "policy.yaml"], { cwd });
  assert.equal(status, 1);
  const found = packs(before, cwd);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /^eu-gdpr .*not as locked/m);
  assert.equal(packs(["lock", "policy.yaml"], cwd).code, 0);
  assert.equal(readFileSync(join(cwd, "bailiwick.lock"), "utf8"), lock);
});
