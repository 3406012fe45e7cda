// What every figure depends on.
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { rounded } from "./quantile.ts";

/** Of the last minute: what is measured is in it, and so is whatever else ran. */
export function loadAverage(): number {
  return rounded(loadavg()[0] ?? 0);
}

export interface MachineRow {
  readonly bench: "machine";
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly kernel: string;
  readonly node: string;
}

export function machineRow(): MachineRow {
  return {
    bench: "machine",
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    kernel: release(),
    node: process.versions.node,
  };
}
