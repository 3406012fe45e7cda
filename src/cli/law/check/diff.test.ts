import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command, type CommandResult } from "../../../../test/support/command.ts";

const demoFile = new URL("../../../../examples/demo/policy.yaml", import.meta.url).pathname;
const demo = readFileSync(demoFile, "utf8");
const wider = demo
  .replace("requires: { residency: EEA }", "requires: { residency: [EEA, US] }")
  .replace(
    "us-cloud-act]\n",
    "us-cloud-act]\n  mechanisms:\n    out: { kind: scc-2021-914-m2, from: demo-bank, to: pacific-cloud, tia: TIA-17 }\n",
  );

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "bailiwick-diff-")), "policy.yaml");
  writeFileSync(file, text);
  return file;
}

function diff(...args: readonly string[]): Promise<CommandResult> {
  return command("diff", "--at", "2026-12-01", ...args);
}

test("a policy does not differ from itself: exit 0", async () => {
  const { code, stdout } = await diff(demoFile, fileOf(`# another comment\n${demo}`));
  assert.equal(code, 0);
  assert.equal(stdout, "the policies serve the same requests in the same places\n");
});

test("what is newly allowed is told as requests: exit 1", async () => {
  const { code, stdout } = await diff(demoFile, fileOf(wider));
  assert.equal(code, 1, stdout);
  assert.match(stdout, /^newly-allowed +2026-12-01 +demo-bank +iad-1, iad-2 \(transfer\) .*any$/m);
  assert.match(stdout, /something is newly allowed/);
});

for (const { allow, code } of [
  { allow: ["demo-bank:iad-*"], code: 0 },
  { allow: ["demo-bank:iad-1", "demo-bank:iad-2"], code: 0 },
  { allow: ["*:*"], code: 0 },
  { allow: ["demo-bank:iad-1"], code: 1 },
  { allow: ["demo-shop:iad-*"], code: 1 },
]) {
  test(`--allow ${allow.join(" --allow ")} ends with ${code}`, async () => {
    const flags = allow.flatMap((pattern) => ["--allow", pattern]);
    assert.equal((await diff(demoFile, fileOf(wider), ...flags)).code, code);
  });
}

test("a policy that refuses more is no failure, and says what it refuses", async () => {
  const { code, stdout } = await diff(fileOf(wider), demoFile, "--json");
  assert.equal(code, 0);
  const { ok, patterns } = JSON.parse(stdout) as { ok: boolean; patterns: readonly { kind: string }[] };
  assert.equal(ok, true);
  assert.ok(patterns.length > 0 && patterns.every(({ kind }) => kind === "newly-refused"));
});

for (const { title, args } of [
  { title: "a pattern that is none", args: [demoFile, demoFile, "--allow", "demo-bank"] },
  { title: "a policy that is not there", args: [demoFile, "/nonexistent.yaml"] },
  { title: "a policy with errors", args: [demoFile, fileOf(demo.replace("home: DE", "home: UK"))] },
]) {
  test(`${title} is unusable input: exit 2`, async () => {
    const { code, stderr } = await diff(...args);
    assert.equal(code, 2, stderr);
    assert.notEqual(stderr, "");
  });
}
