// All parts, one after the other, each in a folder and with engines of its own.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fewDescriptors } from "./few-descriptors.ts";
import { fullDisk } from "./full-disk.ts";
import { ordinaryLife } from "./ordinary-life.ts";
import type { Part } from "./part.ts";
import { formatProgress, type PartReport, type SoakReport } from "./report.ts";
import { slowDisk } from "./slow-disk.ts";
import type { Stage } from "./stage.ts";

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly threads: number;
  readonly requestsPerSecond: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const progressIntervalMs = 10_000;
/** Of the run, and at most so long: they are over when their fault is. */
const sideShare = 0.12;
const longestSideMs = 30_000;

export async function runSoak({ seconds, ...options }: SoakOptions): Promise<SoakReport> {
  const lengthMs = seconds * 1_000;
  const sideMs = Math.min(lengthMs * sideShare, longestSideMs);
  const parts: readonly (readonly [Part, number])[] = [
    [fewDescriptors, sideMs],
    [fullDisk, sideMs],
    [slowDisk, sideMs],
    [ordinaryLife, lengthMs - 3 * sideMs],
  ];
  const { seed, threads, requestsPerSecond, say } = options;
  const startedMs = performance.now();
  const skipped: string[] = [];
  const reports: PartReport[] = [];
  say(`seed ${seed}`);
  for (const [part, partMs] of parts) {
    const report = await runPart(part, { ...options, lengthMs: partMs, skipped });
    if (report !== null) reports.push(report);
  }
  const isSound = reports.every(({ verdicts }) => verdicts.every(({ faults }) => faults.length === 0));
  const lastedSeconds = Math.round((performance.now() - startedMs) / 1_000);
  return { seed, seconds, threads, requestsPerSecond, lastedSeconds, isSound, skipped, parts: reports };
}

interface PartRun extends Omit<SoakOptions, "seconds"> {
  readonly lengthMs: number;
  readonly skipped: string[];
}

async function runPart(part: Part, { skipped, say, ...run }: PartRun): Promise<PartReport | null> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-soak-"));
  const stages: Stage[] = [];
  const over = new AbortController();
  const options = { ...run, signal: AbortSignal.any([run.signal, over.signal]) };
  const timer = setInterval(() => {
    for (const stage of stages) say(formatProgress(part.name, stage));
  }, progressIntervalMs);
  try {
    const onStage = (stage: Stage): void => void stages.push(stage);
    const verdicts = await part.run({ ...options, directory, onStage });
    const acts = Object.fromEntries(stages.flatMap(({ journal }) => [...journal.acts]));
    const missed = verdicts === null ? [`${part.name}: it needs ${part.needs}`] : [];
    for (const what of [...missed, ...stages.flatMap(({ journal }) => [...journal.skipped])]) {
      skipped.push(what);
      say(`SKIPPED  ${what}`);
    }
    return verdicts && { part: part.name, verdicts, acts };
  } finally {
    clearInterval(timer);
    over.abort();
    for (const stage of stages) await stage.clear();
    await rm(directory, { recursive: true, force: true });
  }
}
