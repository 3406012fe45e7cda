import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command } from "../../../../test/support/command.ts";

const program = new URL("../../../../bin/bailiwick", import.meta.url).pathname;

function newFile(): string {
  return join(mkdtempSync(join(tmpdir(), "bailiwick-init-")), "policy.yaml");
}

for (const { title, flags } of [
  { title: "without answers", flags: [] },
  {
    title: "for a Québec insurer",
    flags: ["--cells", "qc=CA-QC", "--operator", "nord=CA", "--tenants", "insurer=CA-QC:financial"],
  },
  {
    title: "for two places with sovereignty",
    flags: [
      "--cells",
      "fra=DE, zrh=CH",
      "--tenants",
      "bank=DE:financial,clinic=CH:health",
      "--requires",
      "none",
    ],
  },
]) {
  test(`a policy ${title} passes check and its tenants are served`, async () => {
    const file = newFile();
    const written = await command("init", "--yes", "--out", file, ...flags);
    assert.equal(written.code, 0, written.stderr);
    const checked = await command("check", file, "--json");
    assert.equal(checked.code, 0, checked.stdout);
    assert.doesNotMatch(checked.stdout, /refused now|no endpoint that serves/);
  });
}

test("a file that is there stays as it is: exit 2", async () => {
  const file = newFile();
  assert.equal((await command("init", "--yes", "--out", file)).code, 0);
  const before = readFileSync(file, "utf8");
  const { code, stderr } = await command("init", "--yes", "--out", file, "--deployment", "other.example");
  assert.equal(code, 2);
  assert.match(stderr, /it exists already; choose another name/);
  assert.equal(readFileSync(file, "utf8"), before);
});

for (const { flags, says } of [
  { flags: ["--cells", "fra"], says: /cells: `fra` cannot be used; expected `name=PLACE`/ },
  { flags: ["--cells", "fra=UK"], says: /write `GB`/ },
  { flags: ["--cells", "a: {}=DE"], says: /expected a name/ },
  { flags: ["--tenants", "bank=DE:secret"], says: /a class of `non-personal`/ },
  { flags: ["--requires", "everything"], says: /one of none, residency, sovereignty/ },
  { flags: ["--cells", "bo=BO", "--tenants", "bank=BO"], says: /no pack states the law of `BO`/ },
]) {
  test(`init ${flags.join(" ")} is unusable input, and nothing is written: exit 2`, async () => {
    const file = newFile();
    const { code, stderr } = await command("init", "--yes", "--out", file, ...flags);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.equal(existsSync(file), false);
  });
}

test("without a terminal and without --yes it asks nobody: exit 2", async () => {
  const { code, stderr } = await command("init", "--out", newFile());
  assert.equal(code, 2);
  assert.match(stderr, /give `--yes`/);
});

test("on a terminal it asks, takes defaults for empty answers, and asks again for what it cannot read", (t) => {
  const file = newFile();
  const answers = ["llm.example", "", "fra=XX", "fra=DE", "", "sovereignty", ""].join("\n");
  const run = spawnSync("script", ["-qec", `${program} init --out ${file}`, "/dev/null"], {
    input: answers,
    encoding: "utf8",
    timeout: 30_000,
  });
  if (run.error) return t.skip("`script` is not installed");
  assert.equal(run.status, 0, run.stdout);
  assert.match(run.stdout, /`XX` is not/);
  const text = readFileSync(file, "utf8");
  assert.match(text, /^deployment: llm\.example$/m);
  assert.match(text, /requires: \{ sovereignty: DE \}/);
});
