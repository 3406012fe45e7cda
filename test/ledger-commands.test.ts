// What an auditor does with a copy of the ledgers: verify, show, prove, and be told exactly what does not fit.
import assert from "node:assert/strict";
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bailiwick, chat, type Demo, ledgerDirectory, startDemo } from "./support/demo.ts";

describe("a demo's ledgers", () => {
  let demo: Demo;
  let frankfurt: string;
  let trust: string;
  const scratch = mkdtempSync(join(tmpdir(), "bailiwick-ledgers-"));
  before(async () => {
    demo = await startDemo();
    for (let count = 0; count < 5; count++) {
      await (await chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" })).text();
    }
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

  test("are said to prove less when the trust file is the one that lies beside them", () => {
    const beside = bailiwick("ledger", "verify", frankfurt);
    assert.equal(beside.code, 0, beside.stdout + beside.stderr);
    assert.match(beside.stderr, /whoever could change one could change the other/);
    assert.equal(bailiwick("ledger", "verify", frankfurt, "--trust", trust).stderr, "");
  });

  test("cannot be verified without any trust file: exit 2, naming the flag", () => {
    const copy = join(scratch, "alone");
    cpSync(frankfurt, copy, { recursive: true });
    const alone = bailiwick("ledger", "verify", copy);
    assert.equal(alone.code, 2, alone.stdout + alone.stderr);
    assert.match(alone.stderr, /give one with `--trust`/);
  });

  test("fail under somebody else's keys", () => {
    const others = join(scratch, "others.policy");
    const lines = readFileSync(trust, "utf8").split("\n");
    writeFileSync(others, lines.filter((line) => !/^log .*eu-frankfurt/.test(line)).join("\n"));
    const { code, stdout } = bailiwick("ledger", "verify", frankfurt, "--trust", others, "--json");
    assert.equal(code, 1, stdout);
  });

  test("fail with a flipped byte, and the file that holds it is named", () => {
    const copy = join(scratch, "flipped");
    cpSync(frankfurt, copy, { recursive: true });
    const [file = ""] = globSync("log/*/tile/entries/**/*.p/*", { cwd: copy });
    flipByte(join(copy, file));
    const { code, stdout } = bailiwick("ledger", "verify", copy, "--trust", trust);
    assert.equal(code, 1, stdout);
    assert.ok(stdout.includes(file.split("/").slice(2).join("/")), stdout);
  });

  test("show what was decided, one entry a line, by range or by index", () => {
    const all = bailiwick("ledger", "show", frankfurt, "--json").stdout.trim().split("\n");
    assert.deepEqual(
      all.map((line) => (JSON.parse(line) as { index: number }).index),
      Array.from(all.keys()),
    );
    const range = bailiwick("ledger", "show", frankfurt, "--from", "1", "--to", "2", "--json").stdout;
    assert.deepEqual(range.trim().split("\n"), all.slice(1, 3));
    const one = bailiwick("ledger", "show", frankfurt, "--index", "1", "--json").stdout;
    assert.deepEqual(one.trim(), all[1]);
  });

  test("prove an entry to somebody who has only the proof, the trust file and the entry", () => {
    const proof = join(scratch, "entry-1.tlog-proof");
    const made = bailiwick("ledger", "proof", frankfurt, "--index", "1", "--out", proof);
    assert.equal(made.code, 0, made.stderr);
    assert.match(readFileSync(proof, "utf8"), /^c2sp\.org\/tlog-proof@v1\n/);
    const entry = join(scratch, "entry-1.json");
    const { entry: value } = JSON.parse(
      bailiwick("ledger", "show", frankfurt, "--index", "1", "--json").stdout,
    ) as { entry: unknown };
    writeFileSync(entry, JSON.stringify(value));

    for (const given of [[], ["--entry", entry]]) {
      const good = bailiwick("ledger", "proof", "verify", proof, "--trust", trust, ...given);
      assert.equal(good.code, 0, good.stdout + good.stderr);
    }
    writeFileSync(entry, JSON.stringify(value).replace('"v":1', '"v":2'));
    const bad = bailiwick("ledger", "proof", "verify", proof, "--trust", trust, "--entry", entry);
    assert.equal(bad.code, 1, bad.stdout);
  });

  test("have no proof of an entry beyond their size: exit 2, naming the size", () => {
    const { code, stderr } = bailiwick("ledger", "proof", frankfurt, "--index", "1000000");
    assert.equal(code, 2);
    assert.match(stderr, /1000000/);
  });

  test("of which one was pruned are shown without it, and that is said", () => {
    const copy = join(scratch, "pruned");
    cpSync(frankfurt, copy, { recursive: true });
    const [log = ""] = globSync("log/*", { cwd: copy });
    rmSync(join(copy, log, "tile"), { recursive: true });
    const { code, stdout, stderr } = bailiwick("ledger", "show", copy, "--json");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /its entries are not here/);
  });

  test("are listed with how long each is kept, before anything is deleted", () => {
    const config = join(demo.directory, "eu-frankfurt.yaml");
    const forEver = bailiwick("ledger", "retention", "--config", config, "--json");
    assert.equal(forEver.code, 0, forEver.stderr);
    const { origin, until } = JSON.parse(forEver.stdout) as { origin: string; until: string | null };
    assert.equal(until, null);
    const limited = join(demo.directory, "eu-frankfurt-limited.yaml");
    writeFileSync(limited, `${readFileSync(config, "utf8")}\nledger-retention-days: 31\n`);
    const listed = bailiwick("ledger", "retention", "--config", limited);
    assert.equal(listed.code, 0, listed.stderr);
    assert.ok(listed.stdout.includes(origin), listed.stdout);
    assert.match(listed.stdout, /until \d{4}-\d{2}-\d{2}/);
  });

  test("go into a bundle for an auditor, whole or by request, and verify from there", () => {
    const [whole, chosen] = [join(scratch, "whole.tar"), join(scratch, "chosen.tar")];
    assert.equal(bailiwick("ledger", "export", demo.directory, "--out", whole).code, 0);
    const verified = bailiwick("ledger", "verify", whole, "--trust", trust, "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.equal((JSON.parse(verified.stdout) as { logs: readonly unknown[] }).logs.length, 3);

    const shown = bailiwick("ledger", "show", frankfurt, "--json", "--from", "1", "--to", "1");
    const { entry } = JSON.parse(shown.stdout) as { entry: { rid: string } };
    const wish = ["--request", entry.rid, "--out", chosen];
    assert.equal(bailiwick("ledger", "export", frankfurt, ...wish, "--trust", trust).code, 0);
    const proven = bailiwick("ledger", "verify", chosen, "--trust", trust, "--json");
    assert.equal(proven.code, 0, proven.stdout + proven.stderr);
    const { proofs } = JSON.parse(proven.stdout) as { proofs: readonly { reason: string | null }[] };
    assert.equal(proofs.length, 2);
    assert.equal(bailiwick("ledger", "export", frankfurt, ...wish).code, 2);
  });

  test("cannot be read from a server that is not there, or from half a bundle: exit 2, naming it", () => {
    const half = join(scratch, "half.tar");
    writeFileSync(half, readFileSync(join(scratch, "whole.tar")).subarray(0, 3000));
    for (const place of ["http://127.0.0.1:1/log", half]) {
      const { code, stderr } = bailiwick("ledger", "verify", place, "--trust", trust);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(place), stderr);
    }
  });

  test("cannot be verified where there are none: exit 2, naming what was looked for", () => {
    const { code, stderr } = bailiwick("ledger", "verify", scratch + "/nothing-here");
    assert.equal(code, 2);
    assert.match(stderr, /nothing-here/);
  });
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[8] = (bytes[8] ?? 0) ^ 0x01;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}
