// What an auditor is handed: a report over a demo's ledgers, checked with nothing but its folder and a trust file.
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bailiwick, chat, type Demo, eventually, ledgerDirectory, startDemo } from "./support/demo.ts";
import { command } from "./support/command.ts";

const period = ["--from", "2020-01-01", "--to", "2100-01-01"];

describe("a report over a demo's ledgers", () => {
  let demo: Demo;
  let frankfurt: string;
  let bank: string;
  const scratch = mkdtempSync(join(tmpdir(), "bailiwick-reports-"));
  const folder = join(scratch, "report");
  const trust = join(scratch, "auditor.policy");
  before(async () => {
    demo = await startDemo();
    frankfurt = ledgerDirectory(demo, "eu-frankfurt");
    for (const tenant of ["demo-bank", "demo-clinic", "demo-bank"] as const) {
      await (await chat(demo, { cell: "eu-frankfurt", tenant })).text();
    }
    bank = join(scratch, "bank");
    // A report is of what is sealed, and a second may pass until it is, or more on a loaded machine.
    await eventually(async () => (await outcomesIn(frankfurt)) === 3);
    const config = join(demo.directory, "eu-frankfurt.yaml");
    const named = bailiwick(
      "report",
      frankfurt,
      "--regime",
      "eu-gdpr-30",
      ...period,
      "--out",
      bank,
      "--tenant",
      "demo-bank",
      "--config",
      config,
      "--json",
    );
    assert.equal(named.code, 0, named.stderr);
    assert.equal(await demo.stop(), 0);
  });
  after(async () => {
    await demo.stop();
    rmSync(scratch, { recursive: true });
  });

  test("is of one tenant by its name, which the running cell turns into its handle", () => {
    const report = JSON.parse(readFileSync(join(bank, "report.json"), "utf8")) as {
      tenant: string;
      sections: readonly { id: string; facts: readonly { label: string; value: number }[] }[];
    };
    assert.match(report.tenant, /^[0-9a-f]{32}$/);
    const volume = report.sections.find(({ id }) => id === "volume");
    assert.equal(volume?.facts[0]?.value, 2);
  });

  test("is signed by a key that its reader adds to the trust file, and then verifies with every proof", async () => {
    const made = await command(
      "report",
      frankfurt,
      "--regime",
      "us-hipaa",
      ...period,
      "--out",
      folder,
      "--json",
      "--sample-seed",
      "4711",
    );
    assert.equal(made.code, 0, made.stderr);
    const { key, citationCount } = JSON.parse(made.stdout) as { key: string; citationCount: number };
    assert.ok(citationCount > 0);
    writeFileSync(trust, `log ${key}\n${readFileSync(demo.contract.trust, "utf8")}`);
    const verified = await command("report", "verify", folder, "--trust", trust, "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const { ok, proofCount } = JSON.parse(verified.stdout) as { ok: boolean; proofCount: number };
    assert.deepEqual([ok, proofCount], [true, citationCount]);
    const untrusted = await command("report", "verify", folder, "--trust", demo.contract.trust);
    assert.equal(untrusted.code, 1, untrusted.stdout);
  });

  test("is not the one that was signed once a file of it was changed: exit 1, naming the file", async () => {
    appendFileSync(join(folder, "csv", "tenants.csv"), "\n");
    const { code, stdout } = await command("report", "verify", folder, "--trust", trust);
    assert.equal(code, 1);
    assert.match(stdout, /csv\/tenants\.csv: it is not the file that was signed/);
  });

  test("is refused over a ledger that does not verify: exit 1, and nothing is written", async () => {
    const copy = join(scratch, "tampered");
    cpSync(frankfurt, copy, { recursive: true });
    const [file = ""] = globSync(join(copy, "log/*/tile/entries/**/*.p/*"));
    const bytes = readFileSync(file);
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
    const out = join(scratch, "nothing");
    const args = ["--out", out, "--trust", trust, "--key", join(scratch, "report.pem")];
    const { code, stderr } = await command("report", copy, "--regime", "soc2", ...period, ...args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /does not verify .* nothing is reported from it/);
    assert.deepEqual(globSync(join(out, "*")), []);
  });

  test("is not made where it has no place, or of what nobody can mean", async () => {
    const inUse = await command("report", frankfurt, "--regime", "soc2", ...period, "--out", scratch);
    assert.equal(inUse.code, 2, inUse.stderr);
    assert.match(inUse.stderr, /is not empty; name a new folder/);
    const nameless = await command(
      "report",
      frankfurt,
      "--regime",
      "soc2",
      ...period,
      "--out",
      join(scratch, "x"),
      "--tenant",
      "demo-bank",
    );
    assert.equal(nameless.code, 2, nameless.stderr);
    assert.match(nameless.stderr, /give the cell file with `--config`/);
    assert.equal(
      (await command("report", frankfurt, "--regime", "eu-gdpr", ...period, "--out", "x")).code,
      64,
    );
    assert.equal(
      (
        await command(
          "report",
          frankfurt,
          "--regime",
          "soc2",
          "--from",
          "2026-12-01",
          "--to",
          "2026-11-01",
          "--out",
          "x",
        )
      ).code,
      64,
    );
  });
});

async function outcomesIn(ledger: string): Promise<number> {
  const { stdout } = await command("ledger", "show", ledger, "--json");
  return stdout.match(/"t":"outcome"/g)?.length ?? 0;
}
