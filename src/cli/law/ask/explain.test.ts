// The law, asked from a shell. Goldens are updated by `UPDATE_GOLDENS=1 node --test src/cli/law/ask/explain.test.ts` and reviewed as diffs.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { command, type CommandResult } from "../../../../test/support/command.ts";

const policy = new URL("../../../../examples/demo/policy.yaml", import.meta.url).pathname;

function explain(...args: readonly string[]): Promise<CommandResult> {
  return command("explain", policy, "--at", "2026-12-01", ...args);
}

for (const { title, golden, args } of [
  {
    title: "a clinic's sovereignty keeps its requests from the operator under foreign control",
    golden: "clinic",
    args: ["--tenant", "demo-clinic", "--subject", "DE", "--class", "health"],
  },
  {
    title: "laws that want the data in different places leave no endpoint, and each is named",
    golden: "two-homes",
    args: ["--tenant", "demo-bank", "--citizenship", "RU"],
  },
  {
    title: "a subject whose law no pack states is refused as unknown",
    golden: "unknown-law",
    args: ["--subject", "BR", "--class", "personal"],
  },
  {
    title: "a cell that may not receive the request is said to send callers on",
    golden: "other-cell",
    args: ["--tenant", "demo-bank", "--cell", "us-virginia", "--model", "assistant"],
  },
]) {
  test(`explain: ${title}`, async () => {
    const { code, stdout, stderr } = await explain(...args);
    assert.equal(code, 0, stderr);
    // The hash covers every byte of the packs, comments too; the golden is about what they say.
    const shown = stdout.replace(/^(policy +)[0-9a-f]{64}$/m, "$1HASH");
    const file = new URL(`testdata/explain-${golden}.txt`, import.meta.url);
    if (process.env["UPDATE_GOLDENS"] === "1") writeFileSync(file, shown);
    assert.equal(shown, readFileSync(file, "utf8"));
  });
}

test("explain --json is one value that holds the derivation, the outcome and what would be served", async () => {
  const { code, stdout } = await explain("--tenant", "demo-clinic", "--json");
  assert.equal(code, 0);
  const { outcome, cells, served, derivation } = JSON.parse(stdout) as {
    outcome: string;
    cells: readonly string[];
    served: readonly { model: string; endpoints: readonly string[] }[];
    derivation: { endpoints: readonly { id: string; isLawful: boolean }[] };
  };
  assert.equal(outcome, "permit");
  assert.deepEqual(cells, ["eu-frankfurt"]);
  assert.deepEqual(
    served.map(({ model, endpoints }) => [model, endpoints]),
    [["assistant", ["fra-1", "fra-2"]]],
  );
  assert.equal(derivation.endpoints.find(({ id }) => id === "fra-3")?.isLawful, false);
});

for (const { title, args, says } of [
  { title: "a tenant", args: ["--tenant", "nobody"], says: /tenant `nobody` .* it has `demo-bank`/ },
  {
    title: "a cell",
    args: ["--tenant", "demo-bank", "--cell", "mars"],
    says: /cell `mars` .* `eu-frankfurt`/,
  },
  { title: "a model", args: ["--tenant", "demo-bank", "--model", "x"], says: /model `x` .* `assistant`/ },
]) {
  test(`explain names what there is when asked for ${title} that is not in the policy: exit 2`, async () => {
    const { code, stderr } = await explain(...args);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}
