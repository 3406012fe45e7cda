// What the benchmarks print, one JSON object a line, and docs/performance/rows.jsonl keeps.
import type { MachineRow } from "./machine.ts";

export interface GatewayRow {
  readonly bench: "gateway";
  readonly peer: string;
  readonly ledger: boolean;
  /** Of the request. */
  readonly bodyKiB: number;
  readonly stream: boolean;
  readonly clients: number;
  readonly rps: number;
  /** Of all of the peer's own threads and processes: the median of the rounds, the least and the most. */
  readonly cpuUsPerRequest: number;
  readonly cpuUsLeast: number;
  readonly cpuUsMost: number;
  /** Median over the rounds of the quotients within a round; null where nginx was not measured. */
  readonly cpuOverNginx: number | null;
  /** Beyond a call without anything in between, in the same round. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  /** To the first byte of the answer's body. */
  readonly ttftAddedP99Ms: number;
  readonly rssMiB: number;
  readonly loadAverage: number;
}

/** A bare write of 1 KiB and fdatasync, in the same run. */
export interface SyncRow {
  readonly bench: "sync";
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly loadAverage: number;
}

export interface SkippedRow {
  readonly bench: "skipped";
  readonly peer: string;
  readonly why: string;
}

export interface StreamsRow {
  readonly bench: "streams";
  readonly peer: string;
  readonly streams: number;
  /** Between two events of one stream. */
  readonly paceMs: number;
  /** Streams of which an event came more than 100 ms late, our own generator's lateness taken out. */
  readonly stalled: number;
  readonly worstMs: number;
  readonly ttftAddedP50Ms: number;
  readonly ttftAddedP99Ms: number;
  readonly kibPerStream: number;
  readonly cpuUsPerEvent: number;
  readonly loadAverage: number;
}

export interface MemoryRow {
  readonly bench: "memory";
  readonly peer: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly loadAverage: number;
}

export type Row = MachineRow | GatewayRow | SyncRow | SkippedRow | StreamsRow | MemoryRow;
