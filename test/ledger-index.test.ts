// What an operator asks of a ledger: to be shown a few records out of many, and to be able to prove them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { chat, type Demo, ledgerDirectory, startDemo } from "./support/demo.ts";
import { postgresMissing, startPostgres } from "./support/postgres.ts";
import { command } from "./support/command.ts";

interface Answer {
  readonly isEvidence: boolean;
  readonly indexed: readonly { readonly origin: string; readonly size: number }[];
  readonly records: readonly {
    readonly origin: string;
    readonly index: number;
    readonly kind: string;
    readonly outcome: number | null;
    readonly tenant: string;
    readonly requestId: string;
  }[];
  readonly next: string | null;
}

describe("the index of a demo's ledgers", () => {
  let demo: Demo;
  let frankfurt: string;
  const scratch = mkdtempSync(join(tmpdir(), "bailiwick-query-"));
  before(async () => {
    demo = await startDemo();
    frankfurt = ledgerDirectory(demo, "eu-frankfurt");
    for (const tenant of ["demo-bank", "demo-clinic", "demo-bank"] as const) {
      await (await chat(demo, { cell: "eu-frankfurt", tenant })).text();
    }
    assert.equal(await demo.stop(), 0);
  });
  after(async () => {
    await demo.stop();
    rmSync(scratch, { recursive: true });
  });

  async function query(...flags: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await command("ledger", "query", frankfurt, "--json", ...flags);
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout) as Answer;
  }

  test("is made when it is first asked, and says that it proves nothing", async () => {
    const { isEvidence, indexed, records } = await query("--kind", "decision");
    assert.equal(isEvidence, false);
    assert.equal(indexed.length, 1);
    assert.equal(records.length, 3);
    assert.ok(records.every(({ outcome }) => outcome !== null));
    assert.match((await command("ledger", "query", frankfurt)).stderr, /an index proves nothing/);
  });

  test("narrows by what it was given, page after page", async () => {
    const all = (await query("--kind", "decision")).records;
    const bank = all[0]?.tenant ?? "";
    assert.deepEqual((await query("--tenant", bank, "--kind", "decision")).records, [all[0], all[2]]);
    assert.deepEqual((await query("--request", all[1]?.requestId ?? "")).records, [all[1]]);
    const first = await query("--kind", "decision", "--limit", "2");
    assert.deepEqual(first.records, all.slice(0, 2));
    assert.deepEqual((await query("--kind", "decision", "--after", first.next ?? "")).records, all.slice(2));
    assert.equal(
      (await query("--evidenced-in", "DE", "--subject-place", "DE", "--newest-first")).records.length,
      3,
    );
  });

  test("leads to proofs that verify with nothing but the trust file", async () => {
    const folder = join(scratch, "proofs");
    await query("--kind", "decision", "--prove", folder);
    const proofs = globSync(join(folder, "*.tlog-proof"));
    assert.equal(proofs.length, 6);
    for (const proof of proofs.slice(0, 2)) {
      const { code, stdout } = await command(
        "ledger",
        "proof",
        "verify",
        proof,
        "--trust",
        demo.contract.trust,
      );
      assert.equal(code, 0, stdout);
    }
  });

  test("is rebuilt to the same answers by one command", async () => {
    const before = await query();
    const [file = ""] = globSync(join(frankfurt, "index", "*.sqlite"));
    const rebuilt = await command("ledger", "index", "rebuild", frankfurt);
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    assert.deepEqual(await query(), before);
    writeFileSync(file, "no database at all".repeat(1000));
    assert.deepEqual(await query(), before);
  });

  test("of another log under the same name is noticed and made anew", async () => {
    const copy = join(scratch, "exchanged");
    cpSync(frankfurt, copy, { recursive: true });
    const [month = ""] = globSync("log/*", { cwd: copy });
    const kept = globSync(join(copy, month, "checkpoints", "*")).toSorted(
      (left, right) => Number(left.split("/").at(-1)) - Number(right.split("/").at(-1)),
    );
    assert.equal((await command("ledger", "query", copy)).code, 0);
    // Cut back to an earlier size, as a restored backup would be.
    rmSync(join(copy, month, "checkpoint"));
    writeFileSync(join(copy, month, "checkpoint"), readFileSync(kept[0] ?? ""));
    const { code, stderr } = await command("ledger", "query", copy);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /was cut back: it is indexed anew/);
  });

  test("is refused over what it cannot use: exit 2, saying what to do", async () => {
    const file = join(scratch, "somebodys.txt");
    appendFileSync(file, "x");
    for (const [flags, expected] of [
      [["--index", join(file, "below.sqlite")], /name another file with `--index`/],
      [["--index", "postgres://index:s3cret@127.0.0.1:1/ledger"], /at 127\.0\.0\.1:1 cannot be used/],
      [["--after", "acme.example/ledger/none#7"], /`acme\.example\/ledger\/none#7` is not in the index/],
    ] as const) {
      const { code, stderr } = await command("ledger", "query", frankfurt, ...flags);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /s3cret/);
    }
    const elsewhere = await command("ledger", "query", "http://127.0.0.1:1/ledger");
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /is not on this machine, so no index can lie beside it/);
    const named = await command("ledger", "query", frankfurt, "--tenant", "demo-bank");
    assert.equal(named.code, 2);
    assert.match(
      named.stderr,
      /no handle of 32 hex digits; for a tenant's name give the cell file with `--config`/,
    );
  });

  test("follows a ledger into PostgreSQL until it is told to stop, and answers from there", async (context) => {
    const server = await startPostgres();
    if (server === null) {
      context.skip(postgresMissing);
      return;
    }
    try {
      const follower = spawn(
        new URL("../bin/bailiwick", import.meta.url).pathname,
        ["ledger", "index", "follow", demo.directory, "--to", server.url, "--json"],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const ended = once(follower, "exit");
      const lines = once(createInterface({ input: follower.stdout }), "line");
      const [line] = (await Promise.race([lines, ended])) as [string];
      assert.equal((JSON.parse(line) as { logs: readonly unknown[] }).logs.length, 3);
      follower.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
      assert.deepEqual(
        (await query("--index", server.url, "--kind", "decision")).records,
        (await query("--kind", "decision")).records,
      );
      assert.equal((await query("--index", server.url)).indexed.length, 3);
    } finally {
      await server.stop();
    }
  });
});
