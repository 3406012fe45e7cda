// Policy tests as CI runs them.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command } from "../../../../test/support/command.ts";

const demo = new URL("../../../../examples/demo/", import.meta.url).pathname;
const published = readFileSync(join(demo, "tests.yaml"), "utf8");

async function run(tests: string, ...flags: readonly string[]): Promise<{ code: number; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-test-"));
  copyFileSync(join(demo, "policy.yaml"), join(folder, "policy.yaml"));
  writeFileSync(join(folder, "tests.yaml"), tests);
  const { code, stdout, stderr } = await command("test", join(folder, "tests.yaml"), ...flags);
  return { code, output: (stdout + stderr).replaceAll(`${folder}/`, "") };
}

test("the tests of the published example pass: exit 0", async () => {
  const { code, output } = await run(published);
  assert.equal(code, 0, output);
  assert.match(output, /^pass +a German clinic's data/m);
  assert.match(output, /^4 passed, 0 failed$/m);
});

for (const { title, from, to, says } of [
  {
    title: "another order of endpoints",
    from: "served: [fra-1, fra-2, fra-3]",
    to: "served: [fra-3]",
    says: /^tests\.yaml:5:1: error: a German bank's .*: served by `fra-1`, `fra-2`, `fra-3`, expected `fra-3`$/m,
  },
  {
    title: "another verdict",
    from: "verdict: jurisdiction_unknown",
    to: "verdict: permit",
    says: /is `jurisdiction_unknown` \(not known: law of `BO` .*\), expected `permit`/,
  },
  {
    title: "a rule that blocks nothing",
    from: "refused-by: ae-health",
    to: "refused-by: us-hipaa",
    says: /expected `us-hipaa` too/,
  },
  {
    title: "another article",
    from: 'article: "44"',
    to: "article: Art. 99",
    says: /expected `eu-gdpr Art\. 99`/,
  },
  {
    title: "another verdict on an endpoint",
    from: "verdict: lawful-only-with, permitted: false",
    to: "verdict: lawful",
    says: /`iad-1` is `lawful-only-with`, not permitted \(.*eu-gdpr/,
  },
]) {
  test(`${title} than expected fails the test, and says what is: exit 1`, async () => {
    const changed = published.replace(from, to);
    assert.notEqual(changed, published);
    const { code, output } = await run(changed);
    assert.equal(code, 1, output);
    assert.match(output, says);
    assert.match(output, /^3 passed, 1 failed$/m);
  });
}

test("--json is one value with every test", async () => {
  const { code, output } = await run(published.replace("[dxb-1, dxb-2]", "[dxb-2]"), "--json");
  assert.equal(code, 1);
  const { ok, tests } = JSON.parse(output) as {
    ok: boolean;
    tests: readonly { ok: boolean; line: number }[];
  };
  assert.equal(ok, false);
  assert.deepEqual(
    tests.map((each) => each.ok),
    [true, true, false, true],
  );
});

for (const { title, from, to, says } of [
  {
    title: "an unknown key",
    from: "established: BO",
    to: "establishd: BO",
    says: /^.*tests\.yaml:26:5: error: .*establishd/m,
  },
  {
    title: "a tenant that is not there",
    from: "demo-clinic",
    to: "demo-clinik",
    says: /tests\.yaml:15:5: error: tenant `demo-clinik`/,
  },
  {
    title: "a policy that is not there",
    from: "policy: policy.yaml",
    to: "policy: no.yaml",
    says: /policy `no\.yaml` cannot be read/,
  },
  {
    title: "a name twice",
    from: "health data of Dubai stays in the United Arab Emirates",
    to: "a subject whose law no pack states is refused",
    says: /the name of another test/,
  },
]) {
  test(`${title} is unusable input, with its line: exit 2`, async () => {
    const { code, output } = await run(published.replace(from, to));
    assert.equal(code, 2, output);
    assert.match(output, says);
  });
}
