import { type Drift, driftOf } from "../drift.ts";
import type { Life, ThreadSample } from "../journal.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/**
 * So much may the line through the samples rise over what is judged, beside their median. In ten minutes the heap of the
 * runtime has found its size, and what is left is its breathing between two collections; in less it still grows into the size
 * that the load asks for.
 */
const mostGrowth = { ofLongLife: 0.1, ofShortLife: 0.35 } as const;
const longLifeSamples = 600;
/** With fewer samples, a line says nothing. */
const leastSamples = 90;
/** Of a life: code is compiled, heaps and caches find their size. */
const warmUp = 0.25;
/** Descriptors and handles come and go with callers by the dozen. */
const mostMoreOpen = 48;
const bytesPerMb = 1024 * 1024;

/** Of the process that lived longest. */
export function judgeMemory({ journal }: Seen): Verdict {
  const question = "the cell's memory, descriptors and handles are flat";
  const [longest] = journal.lives.toSorted(byLength);
  const samples = longest?.rssBytes ?? [];
  if (longest === undefined || samples.length < leastSamples) {
    journal.skipped.add(`memory: ${samples.length} samples of the longest life; ${leastSamples} are needed`);
    return verdict(question, { samples: samples.length, ...threadFigures(longest) }, []);
  }
  const isLong = samples.length >= longLifeSamples;
  const most = isLong ? mostGrowth.ofLongLife : mostGrowth.ofShortLife;
  const resident = driftOf(warm(samples));
  const descriptors = driftOf(warm(longest.descriptors));
  const handles = driftOf(warm(longest.threads.map(({ handles: open }) => open)));
  const share = resident.growth / resident.median;
  const faults = [
    ...(share > most
      ? [
          `it grew by ${percent(share)} in ${warm(samples).length} s after ${samples.length - warm(samples).length} s of warm-up`,
        ]
      : []),
    ...openFault("descriptors", descriptors),
    ...openFault("handles", handles),
  ];
  return verdict(
    question,
    {
      samples: samples.length,
      warmUpSamples: samples.length - warm(samples).length,
      medianMb: Math.round(resident.median / bytesPerMb),
      mostMb: Math.round(Math.max(...samples) / bytesPerMb),
      growth: percent(share),
      growthPercent: Number((share * 100).toFixed(1)),
      judgedSeconds: warm(samples).length,
      bound: percent(most),
      descriptors: descriptors.median,
      descriptorsGrowth: descriptors.growth.toFixed(1),
      handles: handles.median,
      handlesGrowth: handles.growth.toFixed(1),
      ...threadFigures(longest),
    },
    faults,
  );
}

function warm<Sample>(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.ceil(samples.length * warmUp));
}

function openFault(what: string, { growth }: Drift): readonly string[] {
  return growth > mostMoreOpen ? [`${what} grew by ${growth.toFixed(0)}`] : [];
}

/** Of each kind of thread, the median of its samples: the delay of its loop, and its heap. */
function threadFigures(life: Life | undefined): Readonly<Record<string, string>> {
  const byThread = Map.groupBy(life?.threads ?? [], ({ thread }) => thread);
  return Object.fromEntries(
    Array.from(byThread, ([thread, samples]) => [`${thread}Loop`, loopText(samples)] as const),
  );
}

function loopText(samples: readonly ThreadSample[]): string {
  const delays = driftOf(samples.map(({ loopDelayP99Ms }) => loopDelayP99Ms)).median;
  const most = samples.reduce((longest, { loopDelayMostMs }) => Math.max(longest, loopDelayMostMs), 0);
  const heap = driftOf(warm(samples).map(({ heapUsedBytes }) => heapUsedBytes));
  const grew = heap.median === 0 ? 0 : heap.growth / heap.median;
  return `p99 ${delays.toFixed(0)} ms (most ${most.toFixed(0)} ms), heap ${Math.round(heap.median / bytesPerMb)} MiB (${percent(grew)})`;
}

function byLength(left: Life, right: Life): number {
  return right.rssBytes.length - left.rssBytes.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
