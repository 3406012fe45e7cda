// One block of ports holds the whole demo, so that one number moves it.
import { loopback } from "./ports.ts";

export const defaultPortBase = 7400;

/** Each demo cell with the simulated engines that its process runs. */
export const demoCells = [
  { cell: "eu-frankfurt", engines: ["fra-1", "fra-2", "fra-3"] },
  { cell: "us-virginia", engines: ["iad-1", "iad-2"] },
  { cell: "ae-dubai", engines: ["dxb-1", "dxb-2"] },
] as const;

/** Offsets from the base: the console 0, cells from 1, admin listeners from 11, engines from 21. */
const consoleOffset = 0;
const cellOffsets = new Map<string, number>(demoCells.map(({ cell }, index) => [cell, 1 + index]));
const adminOffsets = new Map<string, number>(demoCells.map(({ cell }, index) => [cell, 11 + index]));
const engineOffsets = new Map<string, number>(
  demoCells.flatMap(({ engines }) => [...engines]).map((engine, index) => [engine, 21 + index]),
);

/** Every offset that the demo listens on; these are probed before a block is taken. */
export const usedOffsets: readonly number[] = [
  consoleOffset,
  ...cellOffsets.values(),
  ...adminOffsets.values(),
  ...engineOffsets.values(),
];

export interface DemoPorts {
  readonly cell: (name: string) => number;
  readonly admin: (name: string) => number;
  readonly engine: (name: string) => number;
}

export function demoPorts(base: number): DemoPorts {
  return {
    cell: (name) => base + offsetOf(cellOffsets, name),
    admin: (name) => base + offsetOf(adminOffsets, name),
    engine: (name) => base + offsetOf(engineOffsets, name),
  };
}

/** The base that a policy of an earlier start was written for, null when nobody can tell. */
export function portBaseOf(frankfurtUrl: string | null): number | null {
  const port = frankfurtUrl === null || !URL.canParse(frankfurtUrl) ? "" : new URL(frankfurtUrl).port;
  return port === "" ? null : Number(port) - offsetOf(cellOffsets, "eu-frankfurt");
}

export function localUrl(port: number): string {
  return `http://${loopback}:${port}`;
}

function offsetOf(offsets: ReadonlyMap<string, number>, name: string): number {
  const offset = offsets.get(name);
  if (offset === undefined) throw new Error(`the demo has no \`${name}\``);
  return offset;
}
