// The end of a month as a cell lives through it: the real command, under libfaketime, with requests coming all the time.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chat, type Demo, eventually, ledgerDirectory, setFault, startDemoFor } from "./support/demo.ts";
import { command } from "./support/command.ts";

const bank = { cell: "eu-frankfurt", tenant: "demo-bank", isStream: true };
const [preload] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");

test("at the end of a month every cell goes on in a new log, no caller notices, and the first month's key is enough to verify", async (t) => {
  if (preload === undefined) return t.skip("faketime is not installed: apt-get install faketime");
  const clock = join(mkdtempSync(join(tmpdir(), "bailiwick-clock-")), "now");
  // A jump over the month's end would be held (docs/clock.md). Long enough for a busy machine to start in November.
  writeFileSync(clock, "@2026-11-30 23:59:00\n");
  const demo = await startDemoFor(t, { environment: fakeTime(preload, clock) });
  try {
    const trust = readFileSync(demo.contract.trust, "utf8");
    assert.equal((await ask(demo)).month, "2026-11");
    // A stream that takes its time, so that the month may end under it.
    for (const engine of ["fra-1", "fra-2"]) await setFault(demo, engine, "slow");
    const underWay = Promise.all(Array.from({ length: 4 }, () => ask(demo)));
    for (let second = 0; second < 60 && (await ask(demo)).month !== "2026-12"; second++) await sleep(1_000);
    await eventually(async () => (await ask(demo)).month === "2026-12");
    for (const { month } of await underWay) assert.match(month, /^2026-1[12]$/);
    await eventually(async () => keysOf(demo).join() === "2026-12.pem");
    assert.equal(await demo.stop(), 0);
    assert.doesNotMatch(trust, /2026-12/);
    const verified = await command("ledger", "verify", demo.directory, "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const { logs } = JSON.parse(verified.stdout) as { logs: readonly unknown[] };
    assert.equal(logs.length, 6);
  } finally {
    await demo.stop();
  }
});

function fakeTime(library: string, clock: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    TZ: "UTC",
  };
}

/** One answered request; decision and outcome are in the same log, whatever the month is by then. */
async function ask(demo: Demo): Promise<{ readonly month: string }> {
  const answer = await chat(demo, bank);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const [origin = ""] = (answer.headers.get("bailiwick-ledger") ?? "").split("#");
  const [, outcome] = /outcome=(\S+)#\d+/.exec(text) ?? [];
  assert.equal(outcome, origin);
  return { month: origin.slice(-7) };
}

function keysOf(demo: Demo): readonly string[] {
  return readdirSync(join(ledgerDirectory(demo, bank.cell), "..", "keys", "log"));
}
