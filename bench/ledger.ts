// What a durable append costs: `node bench/ledger.ts` prints one JSON row a case. The figures are the disk's as much as ours,
// so each row names the disk too: how long a bare 4 KiB write and fdatasync took in the same directory just before.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { encodeEntry } from "../src/ledger/index.ts";
import { type Ledger, openLedger } from "../src/store/index.ts";
import { decisionEntry } from "../test/support/ledger-entries.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";

const durationMs = 5000;
const entry = encodeEntry({ ...decisionEntry(1), verdict: "refuse", error: "caller_rate_limited" });

interface Case {
  readonly name: string;
  readonly concurrency: number;
  readonly sealIntervalMs: number;
}

const cases: readonly Case[] = [
  { name: "append, 1 at a time", concurrency: 1, sealIntervalMs: 1000 },
  { name: "append, 16 at a time", concurrency: 16, sealIntervalMs: 1000 },
  { name: "append, 256 at a time", concurrency: 256, sealIntervalMs: 1000 },
  { name: "append, 256 at a time, sealed once an hour", concurrency: 256, sealIntervalMs: 3_600_000 },
];

for (const each of cases) console.log(JSON.stringify(await measure(each)));
console.log(JSON.stringify(await measurePaced(10_000)));
await import("./ledger-verify.ts");

async function measure({ name, concurrency, sealIntervalMs }: Case): Promise<object> {
  return withLedger(sealIntervalMs, async (ledger) => {
    const endMs = performance.now() + durationMs;
    const latencies: number[] = [];
    const caller = async (): Promise<void> => {
      while (performance.now() < endMs) latencies.push(await timedAppend(ledger));
    };
    await Promise.all(Array.from({ length: concurrency }, caller));
    return row(name, latencies);
  });
}

/** An open loop: appends come when they are due, whether or not the earlier ones have been answered. */
async function measurePaced(perSecond: number): Promise<object> {
  return withLedger(1000, async (ledger) => {
    const startMs = performance.now();
    const appended: Promise<number>[] = [];
    for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startMs) {
      while (appended.length < (elapsedMs / 1000) * perSecond) appended.push(timedAppend(ledger));
      await setTimeout(1);
    }
    return row(`append, ${perSecond} a second`, await Promise.all(appended));
  });
}

async function timedAppend(ledger: Ledger): Promise<number> {
  const startMs = performance.now();
  await ledger.append(entry, { kind: "none" });
  return performance.now() - startMs;
}

async function withLedger(sealIntervalMs: number, run: (ledger: Ledger) => Promise<object>): Promise<object> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-"));
  try {
    const diskP50Ms = bareSyncP50Ms(directory);
    const ledger = await openLedger({ ...testLedgerOptions(directory), sealIntervalMs });
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const measured = await run(ledger);
    const used = process.cpuUsage(cpu);
    const cores = round((used.user + used.system) / 1000 / (performance.now() - startMs));
    await ledger.close();
    return { ...measured, cores, diskP50Ms, machineCores: availableParallelism() };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function row(name: string, latencies: number[]): object {
  const sorted = latencies.toSorted((left, right) => left - right);
  return {
    bench: "ledger",
    case: name,
    perSecond: Math.round(sorted.length / (durationMs / 1000)),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

function bareSyncP50Ms(directory: string): number {
  const file = openSync(join(directory, "bare"), "w");
  const latencies = Array.from({ length: 200 }, () => {
    const startMs = performance.now();
    writeSync(file, Buffer.alloc(4096), 0, 4096, 0);
    fdatasyncSync(file);
    return performance.now() - startMs;
  });
  closeSync(file);
  return quantile(
    latencies.toSorted((left, right) => left - right),
    0.5,
  );
}

function quantile(sorted: readonly number[], at: number): number {
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
