// What an auditor does with a copy of the ledgers: verify, show, prove, and be told exactly what does not fit.
import assert from "node:assert/strict";
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bailiwick, chat, type Demo, eventually, ledgerDirectory, startDemo } from "./support/demo.ts";
import { command } from "./support/command.ts";

describe("a demo's ledgers", () => {
  let demo: Demo;
  let frankfurt: string;
  let trust: string;
  /** Of a request that was answered, and what was said of it while its cell ran. */
  let answered: { readonly id: string; readonly explained: ReturnType<typeof bailiwick> };
  const scratch = mkdtempSync(join(tmpdir(), "bailiwick-ledgers-"));
  before(async () => {
    demo = await startDemo();
    for (let count = 0; count < 5; count++) {
      await (await chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" })).text();
    }
    answered = await explainedWhileRunning(demo);
    assert.equal(await demo.stop(), 0);
    frankfurt = ledgerDirectory(demo, "eu-frankfurt");
    trust = demo.contract.trust;
  });
  after(async () => {
    await demo.stop();
  });

  test("verify, all three at once, from the demo's directory", () => {
    const { code, stdout, stderr } = bailiwick("ledger", "verify", demo.directory, "--json");
    assert.equal(code, 0, stdout + stderr);
    const { ok, logs } = JSON.parse(stdout) as { ok: boolean; logs: readonly { origin: string }[] };
    assert.ok(ok);
    assert.equal(logs.length, 3);
  });

  test("are said to prove less when the trust file is the one that lies beside them", async () => {
    const beside = await command("ledger", "verify", frankfurt);
    assert.equal(beside.code, 0, beside.stdout + beside.stderr);
    assert.match(beside.stderr, /whoever could change one could change the other/);
    assert.equal((await command("ledger", "verify", frankfurt, "--trust", trust)).stderr, "");
  });

  test("cannot be verified without any trust file: exit 2, naming the flag", async () => {
    const copy = join(scratch, "alone");
    cpSync(frankfurt, copy, { recursive: true });
    const alone = await command("ledger", "verify", copy);
    assert.equal(alone.code, 2, alone.stdout + alone.stderr);
    assert.match(alone.stderr, /give one with `--trust`/);
  });

  test("fail under somebody else's keys", async () => {
    const others = join(scratch, "others.policy");
    const lines = readFileSync(trust, "utf8").split("\n");
    writeFileSync(others, lines.filter((line) => !/^log .*eu-frankfurt/.test(line)).join("\n"));
    const { code, stdout } = await command("ledger", "verify", frankfurt, "--trust", others, "--json");
    assert.equal(code, 1, stdout);
  });

  test("fail with a flipped byte, and the file that holds it is named", async () => {
    const copy = join(scratch, "flipped");
    cpSync(frankfurt, copy, { recursive: true });
    const [file = ""] = globSync("log/*/tile/entries/**/*.p/*", { cwd: copy });
    flipByte(join(copy, file));
    const { code, stdout } = await command("ledger", "verify", copy, "--trust", trust);
    assert.equal(code, 1, stdout);
    assert.ok(stdout.includes(file.split("/").slice(2).join("/")), stdout);
  });

  test("show what was decided, one entry a line, by range or by index", async () => {
    const all = (await command("ledger", "show", frankfurt, "--json")).stdout.trim().split("\n");
    assert.deepEqual(
      all.map((line) => (JSON.parse(line) as { index: number }).index),
      Array.from(all.keys()),
    );
    const range = (await command("ledger", "show", frankfurt, "--from", "1", "--to", "2", "--json")).stdout;
    assert.deepEqual(range.trim().split("\n"), all.slice(1, 3));
    const one = (await command("ledger", "show", frankfurt, "--index", "1", "--json")).stdout;
    assert.deepEqual(one.trim(), all[1]);
  });

  test("prove an entry to somebody who has only the proof, the trust file and the entry", async () => {
    const proof = join(scratch, "entry-1.tlog-proof");
    const made = await command("ledger", "proof", frankfurt, "--index", "1", "--out", proof);
    assert.equal(made.code, 0, made.stderr);
    assert.match(readFileSync(proof, "utf8"), /^c2sp\.org\/tlog-proof@v1\n/);
    const entry = join(scratch, "entry-1.json");
    const { entry: value } = JSON.parse(
      (await command("ledger", "show", frankfurt, "--index", "1", "--json")).stdout,
    ) as { entry: unknown };
    writeFileSync(entry, JSON.stringify(value));

    for (const given of [[], ["--entry", entry]]) {
      const good = await command("ledger", "proof", "verify", proof, "--trust", trust, ...given);
      assert.equal(good.code, 0, good.stdout + good.stderr);
    }
    writeFileSync(entry, JSON.stringify(value).replace('"v":3', '"v":4'));
    const bad = await command("ledger", "proof", "verify", proof, "--trust", trust, "--entry", entry);
    assert.equal(bad.code, 1, bad.stdout);
  });

  test("have no proof of an entry beyond their size: exit 2, naming the size", async () => {
    const { code, stderr } = await command("ledger", "proof", frankfurt, "--index", "1000000");
    assert.equal(code, 2);
    assert.match(stderr, /1000000/);
  });

  test("of which one was pruned are shown without it, and that is said", async () => {
    const copy = join(scratch, "pruned");
    cpSync(frankfurt, copy, { recursive: true });
    const [log = ""] = globSync("log/*", { cwd: copy });
    rmSync(join(copy, log, "tile"), { recursive: true });
    const { code, stdout, stderr } = await command("ledger", "show", copy, "--json");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /its entries are not here/);
  });

  test("are listed with how long each is kept, before anything is deleted", async () => {
    const config = join(demo.directory, "eu-frankfurt.yaml");
    const forEver = await command("ledger", "retention", "--config", config, "--json");
    assert.equal(forEver.code, 0, forEver.stderr);
    const { origin, until } = JSON.parse(forEver.stdout) as { origin: string; until: string | null };
    assert.equal(until, null);
    const limited = join(demo.directory, "eu-frankfurt-limited.yaml");
    writeFileSync(limited, `${readFileSync(config, "utf8")}\nledger-retention-days: 31\n`);
    const listed = await command("ledger", "retention", "--config", limited);
    assert.equal(listed.code, 0, listed.stderr);
    assert.ok(listed.stdout.includes(origin), listed.stdout);
    assert.match(listed.stdout, /until \d{4}-\d{2}-\d{2}/);
  });

  test("say of a request why it went where it went, with its tenant's name from the cell's keys, running or not", async () => {
    const { id, explained } = answered;
    const config = join(demo.directory, "eu-frankfurt.yaml");
    const stopped = await command("explain", "--request", id, "--config", config);
    for (const { code, stdout, stderr } of [explained, stopped]) {
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^permitted, and answered by fra-\d: complete\nderived again to the same verdict/);
      assert.match(stdout, /the contract of demo-bank$/m);
      assert.doesNotMatch(stdout, /assumed: the tenant/);
      assert.deepEqual(
        stdout.split("\n").filter((line) => line.length > 100),
        [],
      );
    }
    assert.match(explained.stderr, /asked cell `eu-frankfurt`, which runs/);
    assert.match(stopped.stderr, /cell `eu-frankfurt` does not run/);
    const wrong = await command("explain", "--request", id, "--config", config, "--tenant", "demo-clinic");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /tenant `demo-clinic` is not the one of the request/);
  });

  test("go into a bundle for an auditor, whole or by request, and verify from there", async () => {
    const [whole, chosen] = [join(scratch, "whole.tar"), join(scratch, "chosen.tar")];
    assert.equal((await command("ledger", "export", demo.directory, "--out", whole)).code, 0);
    const verified = await command("ledger", "verify", whole, "--trust", trust, "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.equal((JSON.parse(verified.stdout) as { logs: readonly unknown[] }).logs.length, 3);

    const shown = await command("ledger", "show", frankfurt, "--json", "--from", "2", "--to", "2");
    const { entry } = JSON.parse(shown.stdout) as { entry: { rid: string } };
    const wish = ["--request", entry.rid, "--out", chosen];
    assert.equal((await command("ledger", "export", frankfurt, ...wish, "--trust", trust)).code, 0);
    const proven = await command("ledger", "verify", chosen, "--trust", trust, "--json");
    assert.equal(proven.code, 0, proven.stdout + proven.stderr);
    const { proofs } = JSON.parse(proven.stdout) as { proofs: readonly { reason: string | null }[] };
    // The decision, its outcome, and the policy that the decision names, with its texts beside them.
    assert.equal(proofs.length, 3);
    assert.equal((await command("ledger", "export", frankfurt, ...wish)).code, 2);
  });

  test("cannot be read from a server that is not there, or from half a bundle: exit 2, naming it", async () => {
    const half = join(scratch, "half.tar");
    writeFileSync(half, readFileSync(join(scratch, "whole.tar")).subarray(0, 3000));
    for (const place of ["http://127.0.0.1:1/log", half]) {
      const { code, stderr } = await command("ledger", "verify", place, "--trust", trust);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(place), stderr);
    }
  });

  test("cannot be verified where there are none: exit 2, naming what was looked for", async () => {
    const { code, stderr } = await command("ledger", "verify", scratch + "/nothing-here");
    assert.equal(code, 2);
    assert.match(stderr, /nothing-here/);
  });
});

async function explainedWhileRunning(
  demo: Demo,
): Promise<{ readonly id: string; readonly explained: ReturnType<typeof bailiwick> }> {
  const answer = await chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" });
  await answer.text();
  const id = answer.headers.get("bailiwick-request-id") ?? "";
  const words = ["explain", "--request", id, "--config", join(demo.directory, "eu-frankfurt.yaml")];
  // Its entries are sealed within the interval.
  await eventually(async () => (await command(...words)).code === 0);
  return { id, explained: bailiwick(...words) };
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[8] = (bytes[8] ?? 0) ^ 0x01;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}
