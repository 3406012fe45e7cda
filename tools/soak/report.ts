// Verdicts as a table for people, and as one line for machines.
import type { Stage } from "./stage.ts";
import type { Verdict } from "./verdict.ts";

export interface PartReport {
  readonly part: string;
  readonly verdicts: readonly Verdict[];
  readonly acts: Readonly<Record<string, number>>;
}

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly threads: number;
  readonly requestsPerSecond: number;
  /** With what is done to the cell, while which the schedule waits. */
  readonly lastedSeconds: number;
  readonly isSound: boolean;
  readonly skipped: readonly string[];
  readonly parts: readonly PartReport[];
}

export function formatReport({ seed, seconds, isSound, skipped, parts }: SoakReport): string {
  const lines = [`seed ${seed}, ${seconds} s`];
  for (const { part, verdicts, acts } of parts) {
    lines.push("", part, `  acts: ${formatFigures(acts)}`);
    for (const { question, figures, faults } of verdicts) {
      lines.push(
        `  ${faults.length === 0 ? "holds" : "FAILS"}  ${question}`,
        `         ${formatFigures(figures)}`,
      );
      lines.push(...faults.map((fault) => `         - ${fault}`));
    }
  }
  lines.push("", ...skipped.map((what) => `SKIPPED  ${what}`), isSound ? "sound" : "NOT SOUND");
  return lines.join("\n");
}

function formatFigures(figures: Readonly<Record<string, number | string>>): string {
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return told.length === 0 ? "none" : told.join(", ");
}

export function formatProgress(part: string, stage: Stage): string {
  const { calls, arrivals, logged, acts, lives } = stage.journal;
  const rss = lives.at(-1)?.rssBytes.at(-1) ?? 0;
  const alarms = logged.filter(({ event }) => event === "alarm").length;
  const done = [...acts.values()].reduce((sum, count) => sum + count, 0);
  return `${part}: ${calls.length} requests, ${arrivals.length} at engines, ${done} acts, ${alarms} alarms, ${Math.round(rss / 1024 / 1024)} MiB`;
}
