// The metrics of one registry, or of several that are merged, by name. Whoever opens it owns its state.
import type { Definition, MetricsSnapshot } from "./metrics.ts";

export interface Family extends Definition {
  /** By rendered labels: what identifies a series is what is printed. */
  readonly series: Map<string, Series>;
}

interface Series {
  value: number;
  readonly counts: number[];
}

export class Families {
  readonly #families = new Map<string, Family>();
  readonly #sampleNames = new Set<string>();

  /**
   * The family of that name, a new one if there is none. Throws when kind, help or buckets differ from the
   * first registration, or when one metric's samples would carry another's name.
   */
  register(wanted: Definition): Family {
    const present = this.#families.get(wanted.name);
    if (present) return sameFamily(present, wanted);
    checkDefinition(wanted);
    const names = sampleNamesOf(wanted);
    const taken = names.find((name) => this.#sampleNames.has(name));
    if (taken !== undefined)
      throw new TypeError(`metric \`${wanted.name}\`: \`${taken}\` is another's sample`);
    for (const name of names) this.#sampleNames.add(name);
    const { kind, name, help, buckets, merge } = wanted;
    const family = { kind, name, help, buckets, merge, series: new Map<string, Series>() };
    this.#families.set(name, family);
    return family;
  }

  snapshot(): MetricsSnapshot {
    return Array.from(this.#families.values(), ({ series, ...definition }) => ({
      ...definition,
      series: Array.from(series, ([labels, { value, counts }]) => ({ labels, value, counts: [...counts] })),
    }));
  }
}

/** The series of those labels, a new one if there is none. */
export function seriesOf({ series, buckets }: Family, labels: string): Series {
  const present = series.get(labels);
  if (present) return present;
  const added = { value: 0, counts: buckets.concat(0).fill(0) };
  series.set(labels, added);
  return added;
}

function sameFamily(present: Family, wanted: Definition): Family {
  const differs = (["kind", "help"] as const).find((member) => present[member] !== wanted[member]);
  if (differs) throw new TypeError(`metric \`${wanted.name}\` is registered with another ${differs}`);
  if (present.buckets.join() !== wanted.buckets.join()) {
    throw new TypeError(`metric \`${wanted.name}\` is registered with other buckets`);
  }
  return present;
}

function checkDefinition({ kind, name, buckets }: Definition): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new TypeError(`\`${name}\` is not a metric name`);
  if (kind !== "histogram") return;
  const isAscending = buckets.every(
    (bound, at) => Number.isFinite(bound) && bound > (buckets[at - 1] ?? -Infinity),
  );
  if (buckets.length === 0 || !isAscending) {
    throw new TypeError(`metric \`${name}\`: bucket bounds must be finite and ascending, one at least`);
  }
}

function sampleNamesOf({ kind, name }: Definition): readonly string[] {
  return kind === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
