// What the disk itself takes: a bare write and fdatasync, as each durable entry needs at least, in the folder where logs are.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BareSyncs {
  readonly latenciesMs: readonly number[];
  /** On a processor, for one. */
  readonly cpuUs: number;
}

const bytes = Buffer.alloc(1_024, "x");

export function bareSyncs(count: number): BareSyncs {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-bench-sync-"));
  const file = openSync(join(folder, "bare"), "w");
  try {
    const before = process.cpuUsage();
    const latenciesMs = Array.from({ length: count }, () => {
      const startedMs = performance.now();
      writeSync(file, bytes);
      fdatasyncSync(file);
      return performance.now() - startedMs;
    });
    const { user, system } = process.cpuUsage(before);
    return { latenciesMs, cpuUs: (user + system) / count };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
