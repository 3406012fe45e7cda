import assert from "node:assert/strict";
import { test } from "node:test";
import { command, type CommandResult } from "../../../../test/support/command.ts";

const policy = new URL("../../../../examples/demo/policy.yaml", import.meta.url).pathname;

function drill(...args: readonly string[]): Promise<CommandResult> {
  return command("drill", policy, "--at", "2026-12-01", ...args);
}

test("a dead cell whose tenants may go nowhere else: 503 for them, nothing for the others, exit 1", async () => {
  const { code, stdout } = await drill("--down", "cell:eu-frankfurt");
  assert.equal(code, 1, stdout);
  assert.match(stdout, /^cell:eu-frankfurt: fails, down: fra-1, fra-2, fra-3$/m);
  assert.match(stdout, /^demo-bank +assistant +lost +200 .*\) +503 eu-frankfurt/m);
  assert.match(stdout, /^demo-dubai +assistant +unaffected/m);
});

test("an endpoint that others stand in for is no loss: exit 0", async () => {
  const { code, stdout } = await drill("--down", "endpoint:fra-1");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^demo-bank +assistant +survives/m);
});

test("a legal event takes the law away, so its callers get 451", async () => {
  const { code, stdout } = await drill("--event", "operator:gulf-cloud");
  assert.equal(code, 1);
  assert.match(stdout, /^demo-dubai +assistant +lost +200 .*\) +451$/m);
});

test("several drills are told one after the other, and --json has each with its verdict", async () => {
  const { code, stdout } = await drill(
    "--down",
    "endpoint:fra-1",
    "--event",
    "region:AE",
    "--in-force",
    "ru-152",
    "--json",
  );
  assert.equal(code, 1);
  const reports = JSON.parse(stdout) as readonly { scenario: string; verdict: string }[];
  assert.deepEqual(
    reports.map(({ scenario, verdict }) => [scenario, verdict]),
    [
      ["endpoint:fra-1", "survives"],
      ["region:AE", "fails"],
      ["regime:ru-152", "survives"],
    ],
  );
});

for (const { args, says } of [
  { args: [], says: /nothing to drill/ },
  { args: ["--down", "eu-frankfurt"], says: /not of the form `what:name`/ },
  {
    args: ["--down", "cell:eu-frankfrut"],
    says: /cell `eu-frankfrut` is not in the policy; it has `ae-dubai`|it has/,
  },
  { args: ["--down", "planet:mars"], says: /expected one of `place`, `cell`/ },
  { args: ["--down", "place:UK"], says: /write `GB`/ },
  { args: ["--event", "king:henry"], says: /expected one of `region`/ },
  { args: ["--in-force", "nothing"], says: /regime `nothing` is not in the policy/ },
]) {
  test(`drill ${args.join(" ")} is unusable input: exit 2`, async () => {
    const { code, stderr } = await drill(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  });
}
