// One thing that is measured of the ledger, and what its row says.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

export interface LedgerCase {
  readonly name: string;
  /** In an empty directory of its own. */
  readonly run: (directory: string) => Promise<Measured>;
}

/** `cores`: processor time over wall time, load included. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cores: number;
  readonly [extra: string]: number;
}

/** The figures are the disk's as much as ours, so each row names the disk too: a bare 4 KiB write and fdatasync. */
export async function measure({ name, run }: LedgerCase): Promise<object> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-"));
  try {
    const diskP50Ms = bareSyncP50Ms(directory);
    const measured = await run(directory);
    // A case that measures another disk says so itself.
    return { bench: "ledger", case: name, diskP50Ms, machineCores: availableParallelism(), ...measured };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs `action` and tells how many processors it kept busy. */
export async function coresOf<Value>(
  action: () => Promise<Value>,
): Promise<{ cores: number; elapsedMs: number; value: Value }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const value = await action();
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  return { cores: round((user + system) / 1000 / elapsedMs), elapsedMs, value };
}

export function latencyQuantiles(latenciesMs: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
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
  return latencyQuantiles(latencies).p50Ms;
}

function quantile(sorted: Float64Array, at: number): number {
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0);
}
