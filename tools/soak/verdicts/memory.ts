import type { Life } from "../journal.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/**
 * The last third's median may lie so much above the middle third's. In ten minutes the heap of the runtime has found its
 * size, and what is left is its breathing between two collections; in less it still grows into the size that the load asks for.
 */
const mostGrowth = { ofLongLife: 0.1, ofShortLife: 0.35 } as const;
const longLifeSamples = 600;
/** With fewer samples, a third says nothing. */
const leastSamples = 90;

/** Of the process that lived longest. */
export function judgeMemory({ journal }: Seen): Verdict {
  const question = "the cell's memory is flat";
  const [longest] = journal.lives.toSorted(byLength);
  const samples = longest?.rssBytes ?? [];
  const third = Math.floor(samples.length / 3);
  const [first = 0, middle = 0, last = 0] = [0, 1, 2].map((at) =>
    megabytes(median(samples.slice(at * third, (at + 1) * third))),
  );
  const figures = { samples: samples.length, firstThirdMb: first, middleThirdMb: middle, lastThirdMb: last };
  if (samples.length < leastSamples) {
    journal.skipped.add(`memory: ${samples.length} samples of the longest life; ${leastSamples} are needed`);
    return verdict(question, figures, []);
  }
  const most = samples.length >= longLifeSamples ? mostGrowth.ofLongLife : mostGrowth.ofShortLife;
  const growth = last / middle - 1;
  const faults = growth > most ? [`it grew by ${percent(growth)} from the middle third to the last`] : [];
  return verdict(question, { ...figures, growth: percent(growth), bound: percent(most) }, faults);
}

function byLength(left: Life, right: Life): number {
  return right.rssBytes.length - left.rssBytes.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
