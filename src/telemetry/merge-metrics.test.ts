import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { GaugeMerge, Metrics } from "./metrics.ts";
import { createMetrics, formatMetrics } from "./index.ts";
import { maxSeriesPerMetric } from "./registry.ts";

/** One gauge of each way of merging. */
const gauges = {
  sum: "bailiwick_requests_in_flight",
  max: "bailiwick_breaker_state",
  min: "bailiwick_ledger_writable",
} as const;

/** Values are quarters, so that a sum does not depend on the order in which it is taken. */
const observation = fc.record({
  kind: fc.constantFrom("counter", "histogram"),
  name: fc.constantFrom("a", "b"),
  label: fc.constantFrom("x", "y", 'q"\n\\'),
  value: fc.integer({ min: 0, max: 40 }).map((quarters) => quarters / 4),
});
type Observation = typeof observation extends fc.Arbitrary<infer Value> ? Value : never;

test("what registries share out between them reads as if one had taken it all", () => {
  fc.assert(
    fc.property(fc.array(fc.array(observation), { minLength: 1, maxLength: 5 }), (shares) => {
      const one = createMetrics();
      for (const each of shares.flat()) take(one, each);
      assert.equal(textOf(shares.map(registryWith)), one.render());
    }),
  );
});

test("gauges of several registries are their sum, largest or smallest, whatever the order of the registries", () => {
  const model = { sum: (values: number[]) => sumOf(values), max: largest, min: smallest };
  const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.constantFrom("sum", "max", "min"), values, (merge, each) => {
      const registries = each.map((value) => registryWithGauge(merge, value));
      const one = registryWithGauge(merge, model[merge](each));
      assert.equal(textOf(registries), one.render());
      assert.equal(textOf(registries.toReversed()), one.render());
    }),
  );
});

test("a registry that has not set a gauge does not pull the smallest to 0", () => {
  const silent = createMetrics();
  silent.gauge(gauges.min, "x");
  assert.match(textOf([silent, registryWithGauge("min", 1)]), /^bailiwick_ledger_writable 1$/m);
});

test("one registry's text is the same through its snapshot and a structured clone of it", () => {
  const metrics = registryWith([
    { kind: "histogram", name: "a", label: 'q"\n\\', value: 0.25 },
    { kind: "counter", name: "b", label: "x", value: 3 },
  ]);
  assert.equal(formatMetrics([structuredClone(metrics.snapshot())]), metrics.render());
});

test("a snapshot does not change with what is observed after it", () => {
  const metrics = registryWith([{ kind: "histogram", name: "a", label: "x", value: 1 }]);
  const snapshot = metrics.snapshot();
  const before = formatMetrics([snapshot]);
  take(metrics, { kind: "histogram", name: "a", label: "x", value: 1 });
  assert.equal(formatMetrics([snapshot]), before);
});

test("series that only some registries have are all there, also beyond the cap of one", () => {
  const registries = ["a", "b"].map((half) => {
    const metrics = createMetrics();
    const counter = metrics.counter("requests_total", "x");
    for (let id = 0; id < maxSeriesPerMetric; id++) counter.add({ id: `${half}${id}` });
    return metrics;
  });
  assert.equal(textOf(registries).match(/^requests_total\{/gm)?.length, 2 * maxSeriesPerMetric);
});

for (const { member, register } of [
  { member: "kind", register: (to: Metrics) => to.counter("taken", "x") },
  { member: "help", register: (to: Metrics) => to.gauge("taken", "y") },
]) {
  test(`registries that differ in the ${member} of a metric are a defect that names it`, () => {
    const [left, right] = [createMetrics(), createMetrics()];
    left.gauge("taken", "x");
    register(right);
    assert.throws(() => textOf([left, right]), {
      name: "TypeError",
      message: `metric \`taken\` is registered with another ${member}`,
    });
  });
}

test("registries that differ in a histogram's buckets, or in whose a sample is, are a defect too", () => {
  const registries = [createMetrics(), createMetrics(), createMetrics()] as const;
  registries[0].histogram("taken", "x", [1, 2]);
  registries[1].histogram("taken", "x", [1, 3]);
  registries[2].counter("taken_count", "x");
  assert.throws(
    () => textOf(registries.slice(0, 2)),
    /^TypeError: metric `taken` is registered with other buckets$/,
  );
  assert.throws(() => textOf([registries[0], registries[2]]), /`taken_count` is another's sample$/);
});

function textOf(registries: readonly Metrics[]): string {
  return formatMetrics(registries.map((metrics) => metrics.snapshot()));
}

function registryWith(observations: readonly Observation[]): Metrics {
  const metrics = createMetrics();
  for (const each of observations) take(metrics, each);
  return metrics;
}

function registryWithGauge(merge: GaugeMerge, value: number): Metrics {
  const metrics = createMetrics();
  metrics.gauge(gauges[merge], "x").set({}, value);
  return metrics;
}

/** Every registry has every metric, as the threads of one program have. */
function take(metrics: Metrics, { kind, name, label, value }: Observation): void {
  if (kind === "counter") metrics.counter(`${name}_total`, "x").add({ label }, value);
  else metrics.histogram(`${name}_seconds`, "x", [1, 5]).observe({ label }, value);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function largest(values: readonly number[]): number {
  return Math.max(...values);
}

function smallest(values: readonly number[]): number {
  return Math.min(...values);
}
