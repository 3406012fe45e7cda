// A run in one line, as docs/performance/soak.jsonl keeps it.
import { loadavg } from "node:os";
import type { SoakReport } from "./report.ts";

export interface SoakRow {
  readonly bench: "soak";
  readonly date: string;
  readonly seed: number;
  readonly seconds: number;
  readonly threads: number;
  readonly requestsPerSecond: number;
  readonly requests: number;
  /** Everything that speaks against the cell. */
  readonly violations: number;
  readonly connections: number;
  readonly connectionsOutside: number;
  /** Answers with 200, each of which must be in the ledger. */
  readonly acknowledged: number;
  readonly budgetsCompared: number;
  /** Of the process. */
  readonly kills: number;
  readonly toFirst200MedianMs: number;
  readonly toFirst200MostMs: number;
  readonly threadsLost: number;
  readonly toReplacedMedianMs: number;
  readonly toReplacedMostMs: number;
  readonly reloads: number;
  readonly erasures: number;
  readonly quarantines: number;
  /** Of the longest life, after its warm-up. */
  readonly judgedSeconds: number;
  readonly medianMb: number;
  readonly growthPercent: number;
  /** Of the last five minutes, whatever else ran. */
  readonly machineLoad: number;
}

export function soakRow({ parts, seed, threads, requestsPerSecond, lastedSeconds }: SoakReport): SoakRow {
  const verdicts = parts.flatMap((part) => part.verdicts);
  const sum = (name: string): number =>
    verdicts.reduce((total, { figures }) => total + Number(figures[name] ?? 0), 0);
  const act = (name: string): number => parts.reduce((total, { acts }) => total + (acts[name] ?? 0), 0);
  return {
    bench: "soak",
    date: new Date().toISOString().slice(0, 10),
    seed,
    seconds: lastedSeconds,
    threads,
    requestsPerSecond,
    requests: sum("requests"),
    violations: verdicts.reduce((total, { faultCount }) => total + faultCount, 0),
    connections: sum("connections"),
    connectionsOutside: sum("connectionsOutside"),
    acknowledged: sum("answered"),
    budgetsCompared: sum("budgetsCompared"),
    kills: sum("kills"),
    toFirst200MedianMs: sum("toFirst200MedianMs"),
    toFirst200MostMs: sum("toFirst200MostMs"),
    threadsLost: sum("threadsLost"),
    toReplacedMedianMs: sum("toReplacedMedianMs"),
    toReplacedMostMs: sum("toReplacedMostMs"),
    reloads: act("reload"),
    erasures: sum("erasures"),
    quarantines: sum("quarantines"),
    judgedSeconds: sum("judgedSeconds"),
    medianMb: sum("medianMb"),
    growthPercent: sum("growthPercent"),
    machineLoad: Number((loadavg()[1] ?? 0).toFixed(1)),
  };
}
