// Whether a figure that breathes also grows: the Theil–Sen line through its samples, whose slope is the median of the slopes
// between all pairs of them. A collection, or a flood, moves some samples far and the median hardly (Sen 1968, "Estimates of
// the Regression Coefficient Based on Kendall's Tau").

export interface Drift {
  readonly median: number;
  /** From the first of the samples to the last. */
  readonly growth: number;
}

/** More pairs say no more. */
const mostSamples = 500;

export function driftOf(samples: readonly number[]): Drift {
  const step = Math.max(1, Math.ceil(samples.length / mostSamples));
  const kept = samples.filter((_, at) => at % step === 0);
  const slopes: number[] = [];
  for (const [right, later] of kept.entries())
    for (const [left, earlier] of kept.slice(0, right).entries())
      slopes.push((later - earlier) / (right - left));
  return { median: median(kept), growth: median(slopes) * Math.max(0, kept.length - 1) };
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
