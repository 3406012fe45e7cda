import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command, commandIn, type CommandResult } from "../../../../test/support/command.ts";

const ours = new URL("../../../../packs/", import.meta.url).pathname;
const demoPolicy = new URL("../../../../examples/demo/policy.yaml", import.meta.url).pathname;

/** In the folder where `packs/` and the policy are looked for. */
async function packs(args: readonly string[], folder = tmpdir()): Promise<CommandResult> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await command("packs", ...args);
  } finally {
    process.chdir(before);
  }
}

test("packs list names every pack that comes with the program", async () => {
  const { code, stdout } = await packs(["list"]);
  assert.equal(code, 0);
  const files = readdirSync(ours).filter((name) => name.endsWith(".yaml"));
  for (const file of files) assert.match(stdout, new RegExp(`^${file.replace(".yaml", "")} `, "m"));
  assert.equal((JSON.parse((await packs(["list", "--json"])).stdout) as unknown[]).length, files.length);
});

test("packs show --source prints the law as it is written, under its hash", async () => {
  const { code, stdout } = await packs(["show", "eu-gdpr", "--source"]);
  assert.equal(code, 0);
  assert.match(stdout, /^# sha256 [0-9a-f]{64}$/m);
  assert.ok(stdout.includes(readFileSync(join(ours, "eu-gdpr.yaml"), "utf8").trimEnd()));
});

for (const file of readdirSync(ours).filter((name) => name.endsWith(".yaml"))) {
  test(`packs show ${file} tells a lawyer when it applies, what it rules and where that can be read`, async () => {
    const { code, stdout } = await packs(["show", file.replace(".yaml", "")]);
    assert.equal(code, 0);
    for (const part of ["it applies where", "What it rules:", "Where this can be read:", "rests on"])
      assert.ok(stdout.includes(part), part);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 100 || line.includes("https://"), line);
  });
}

test("packs advise names what to pin and why, and what else would have to be so", async () => {
  const { code, stdout } = await packs([
    "advise",
    "--controller",
    "DE",
    "--class",
    "financial",
    "--requires",
    "sovereignty",
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /^packs: \[.*eu-gdpr.*us-cloud-act/m);
  assert.match(stdout, /eu-gdpr: .* states\s+the\s+law\s+of\s+`DE`/);
  assert.match(stdout, /eu-dora: .*;\s+if\s+controller\s+status\s+is\s+eu-financial-entity/);
});

test("what `packs advise` says to pin covers the facts: no request of theirs is unknown", async () => {
  for (const place of ["DE", "CH", "JP", "AE+DIFC", "CA-QC", "BR"]) {
    const { stdout } = await packs(["advise", "--controller", place, "--json"]);
    const advice = JSON.parse(stdout) as readonly {
      readonly pack: string;
      readonly ifs: readonly string[];
    }[];
    const pinned = advice.filter(({ ifs }) => ifs.length === 0).map(({ pack }) => pack);
    const text = JSON.stringify(policyOf(place, pinned));
    const facts = JSON.stringify({ policy: text, facts: { tenant: "t" } });
    const { stdout: answer } = await commandIn({ stdin: facts }, "decide");
    assert.equal((JSON.parse(answer) as { readonly outcome: string }).outcome, "permit", answer);
  }
});

function policyOf(place: string, packs: readonly string[]): object {
  const url = "http://e.example";
  return {
    bailiwick: 1,
    deployment: "advice.example",
    law: { packs },
    operators: { own: { home: place, certifications: { c5: {}, "c5-2026": {} } } },
    cells: { c: { place, url: "https://c.example", operator: "own", "retention-days": 0 } },
    endpoints: {
      e: { cell: "c", engine: "openai-compatible", url, operator: "own", place, "retention-days": 0 },
    },
    models: { m: { "served-by": { e: "m" } } },
    tenants: { t: { established: place, subjects: place, class: "personal" } },
  };
}

test("packs diff says what another text of a pack newly allows: exit 1, and nothing where it is the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-packs-"));
  const same = await packs(["diff", demoPolicy, join(ours, "eu-gdpr.yaml")]);
  assert.equal(same.code, 0, same.stderr);
  const wider = readFileSync(join(ours, "eu-gdpr.yaml"), "utf8").replace(
    "\nfree_destinations:\n",
    "\nfree_destinations:\n  - { places: AE, instrument: a decision to come }\n",
  );
  writeFileSync(join(folder, "eu-gdpr.yaml"), wider);
  const changed = await packs(["diff", demoPolicy, join(folder, "eu-gdpr.yaml"), "--json"]);
  assert.equal(changed.code, 1, changed.stderr);
  assert.match(changed.stdout, /"newly-allowed"/);
});

test("packs diff with a text of a pack that the policy does not pin is refused: it would change nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-packs-"));
  writeFileSync(join(folder, "eu-gpdr.yaml"), readFileSync(join(ours, "eu-gdpr.yaml"), "utf8"));
  const { code, stderr } = await packs(["diff", demoPolicy, join(folder, "eu-gpdr.yaml")]);
  assert.equal(code, 2);
  assert.match(stderr, /takes the place of no pack: the policy pins no `eu-gpdr`, but .*`eu-gdpr`/);
});

test("packs advise lists every way in which a pack may come to apply, whichever stands first", async () => {
  const args = ["advise", "--controller", "US", "--class", "health", "--sector", "hospital", "--json"];
  const advice = JSON.parse((await packs(args)).stdout) as readonly {
    pack: string;
    ifs: readonly string[];
  }[];
  const doj = advice.find(({ pack }) => pack === "us-doj-202")?.ifs ?? [];
  assert.ok(doj.includes("us-health-12-months comes to 10001"), doj.join("; "));
  assert.ok(doj.includes("us-identifiers-12-months comes to 100001"), doj.join("; "));
});

test("packs advise asks whether a sector that is nearly a law's was meant", async () => {
  const near = await packs(["advise", "--controller", "DE", "--sector", "bankin"]);
  assert.deepEqual([near.code, /did you mean `banking`/.test(near.stderr)], [0, true]);
  const other = await packs(["advise", "--controller", "DE", "--sector", "chocolate"]);
  assert.deepEqual([other.code, other.stderr], [0, ""]);
});

test("packs show says of a single contract or limit how sure it is, where the pack does", async () => {
  const { stdout } = await packs(["show", "ae-cbuae-outsourcing"]);
  assert.match(stdout, /cbuae-outsourcing \(C 14\/2021 Art. 5 and 6.5\),\s+on\s+other\s+public\s+material/);
});

test("packs show of a pack that is not there names the one that was meant: exit 2", async () => {
  const { code, stderr } = await packs(["show", "eu-gpdr"]);
  assert.equal(code, 2);
  assert.match(stderr, /pack `eu-gpdr` does not exist; did you mean `eu-gdpr`\?/);
});

test("packs outdated is quiet before the first review, and exit 1 after the last", async () => {
  const early = await packs(["outdated", "--at", "2026-11-20"]);
  assert.equal(early.code, 0, early.stdout);
  const late = await packs(["outdated", "--at", "2099-01-01", "--json"]);
  assert.equal(late.code, 1);
  const due = JSON.parse(late.stdout) as readonly { readonly is: readonly string[] }[];
  assert.ok(due.length > 0 && due.every(({ is }) => is.includes("overdue")));
});

test("an own pack in packs/ stands in the place of the program's, and a broken one is named with its line", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "bailiwick-packs-"));
  mkdirSync(join(cwd, "packs"));
  const text = readFileSync(join(ours, "us-hipaa.yaml"), "utf8");
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^title: .*$/m, "title: Our own reading"));
  const unsaid = await packs(["list"], cwd);
  assert.equal(unsaid.code, 2);
  assert.match(unsaid.stderr, /say `overrides: us-hipaa` and a `reason`/);
  const said = "title: Our own reading\noverrides: us-hipaa\nreason: counsel reads it otherwise";
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^title: .*$/m, said));
  assert.match((await packs(["list"], cwd)).stdout, /^us-hipaa .*Our own reading$/m);
  writeFileSync(join(cwd, "packs", "us-hipaa.yaml"), text.replace(/^rule: .*$/m, "rule: no"));
  const { code, stderr } = await packs(["list"], cwd);
  assert.equal(code, 2);
  assert.match(stderr, /packs\/us-hipaa\.yaml:\d+:\d+: error: rule: /);
});

test("a locked policy is refused when a pack's text changes, until it is read and locked again", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "bailiwick-lock-"));
  const text = readFileSync(new URL("../../../../examples/demo/policy.yaml", import.meta.url), "utf8");
  writeFileSync(join(cwd, "policy.yaml"), text);
  assert.equal((await packs(["lock", "policy.yaml"], cwd)).code, 0);
  const before = ["outdated", "policy.yaml", "--at", "2026-11-20"];
  assert.equal((await packs(before, cwd)).code, 0, (await packs(before, cwd)).stdout);
  const lock = readFileSync(join(cwd, "bailiwick.lock"), "utf8");
  assert.match(lock, /^eu-gdpr [0-9a-f]{64}$/m);

  writeFileSync(join(cwd, "bailiwick.lock"), lock.replace(/^eu-gdpr .*$/m, `eu-gdpr ${"0".repeat(64)}`));
  assert.equal((await command("check", join(cwd, "policy.yaml"))).code, 1);
  const found = await packs(before, cwd);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /^eu-gdpr .*not as locked/m);
  assert.equal((await packs(["lock", "policy.yaml"], cwd)).code, 0);
  assert.equal(readFileSync(join(cwd, "bailiwick.lock"), "utf8"), lock);
});
