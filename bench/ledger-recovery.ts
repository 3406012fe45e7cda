// How fast a log comes back after a crash: a process fills the write-ahead log without sealing and is killed; then copies of
// what it left are opened.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "../src/store/index.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";
import { coresOf, latencyQuantiles, type LedgerCase, type Measured } from "./ledger-case.ts";

/** As many as one segment holds: what no checkpoint covers has 64 MiB at most. */
const recordCount = 80_000;
const rounds = 5;

export const recoveryCases: readonly LedgerCase[] = [{ name: "recovery", run: recover }];

/** A start without anything to recover is no part of the rate, and is told beside it. */
async function recover(directory: string): Promise<Measured> {
  const crashed = join(directory, "crashed");
  await fillAndKill(crashed);
  const openings: Opening[] = [];
  const emptyMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    emptyMs.push((await open(join(directory, `empty-${round}`))).elapsedMs);
    const copy = join(directory, `copy-${round}`);
    cpSync(crashed, copy, { recursive: true });
    openings.push(await open(copy));
  }
  const { p50Ms, p99Ms } = latencyQuantiles(openings.map(({ elapsedMs }) => elapsedMs));
  const startMs = latencyQuantiles(emptyMs).p50Ms;
  const cores = latencyQuantiles(openings.map((opening) => opening.cores)).p50Ms;
  const perSecond = Math.round(recordCount / ((p50Ms - startMs) / 1000));
  return { perSecond, p50Ms, p99Ms, cores, records: recordCount, emptyStartP50Ms: startMs };
}

interface Opening {
  readonly cores: number;
  readonly elapsedMs: number;
}

async function open(directory: string): Promise<Opening> {
  const { value: ledger, ...opening } = await coresOf(() => openLedger(testLedgerOptions(directory)));
  await ledger.close();
  return opening;
}

async function fillAndKill(directory: string): Promise<void> {
  const script = fileURLToPath(new URL("./ledger-fill.ts", import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(recordCount)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  child.kill("SIGKILL");
  await exited;
}
