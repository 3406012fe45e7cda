import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createMetrics, maxSeriesPerMetric } from "./registry.ts";

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

test("counters add up, gauges keep the last value, and labels are told apart whatever their order", () => {
  const metrics = createMetrics();
  const requests = metrics.counter("requests_total", "Requests.");
  requests.add({ cell: "eu", outcome: "served" });
  requests.add({ outcome: "served", cell: "eu" }, 2);
  requests.add({ cell: "eu", outcome: "refused" });
  const inFlight = metrics.gauge("in_flight", "Requests now.");
  inFlight.set({}, 3);
  inFlight.set({}, -1.5);
  assert.deepEqual(parse(metrics.render()), [
    { name: "in_flight", labels: {}, value: -1.5 },
    { name: "requests_total", labels: { cell: "eu", outcome: "refused" }, value: 1 },
    { name: "requests_total", labels: { cell: "eu", outcome: "served" }, value: 3 },
  ]);
});

test("a histogram's buckets cumulate, its bounds are inclusive, and the last bucket holds everything", () => {
  const metrics = createMetrics();
  const duration = metrics.histogram("duration_seconds", "Duration.", [0.1, 1]);
  for (const seconds of [0.1, 0.5, 7]) duration.observe({ cell: "eu" }, seconds);
  assert.equal(
    metrics.render(),
    [
      "# HELP duration_seconds Duration.",
      "# TYPE duration_seconds histogram",
      'duration_seconds_bucket{cell="eu",le="0.1"} 1',
      'duration_seconds_bucket{cell="eu",le="1"} 2',
      'duration_seconds_bucket{cell="eu",le="+Inf"} 3',
      'duration_seconds_sum{cell="eu"} 7.6',
      'duration_seconds_count{cell="eu"} 3',
      "",
    ].join("\n"),
  );
});

test("any label value survives a reader of the format", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const metrics = createMetrics();
      metrics.gauge("value", "Anything.").set({ label: value }, 1);
      assert.deepEqual(parse(metrics.render()), [{ name: "value", labels: { label: value }, value: 1 }]);
    }),
  );
});

test("HELP and TYPE come once per metric, also for one without samples, and help cannot break out of its line", () => {
  const metrics = createMetrics();
  metrics.counter("alarms_total", "Alarms\nup \\ down.");
  metrics.counter("alarms_total", "Alarms\nup \\ down.").add({ kind: "a" });
  const text = metrics.render();
  assert.equal(text.match(/^# /gm)?.length, 2);
  assert.ok(text.startsWith("# HELP alarms_total Alarms\\nup \\\\ down.\n# TYPE alarms_total counter\n"));
});

test("the order of registration and of use does not show in the text", () => {
  const names = ["b_total", "a_total", "c_total"];
  assert.equal(textAfter(names), textAfter(names.toReversed()));
});

test("label sets beyond the cap share one series and nothing is lost from the sum", () => {
  const metrics = createMetrics();
  const requests = metrics.counter("requests_total", "Requests.");
  for (let id = 0; id < maxSeriesPerMetric + 50; id += 1) requests.add({ id: String(id) });
  requests.add({ id: "0" });
  const samples = parse(metrics.render());
  assert.equal(samples.length, maxSeriesPerMetric + 1);
  assert.equal(samples.find(({ labels }) => labels["otel_metric_overflow"] === "true")?.value, 50);
  assert.equal(
    samples.reduce((sum, { value }) => sum + value, 0),
    maxSeriesPerMetric + 51,
  );
});

const registrationFaults: readonly {
  title: string;
  register: (to: ReturnType<typeof createMetrics>) => unknown;
}[] = [
  { title: "another kind", register: (to) => to.gauge("taken", "x") },
  { title: "another help", register: (to) => to.histogram("taken", "y", [1, 2]) },
  { title: "other buckets", register: (to) => to.histogram("taken", "x", [1, 3]) },
  { title: "the name of a histogram's sample", register: (to) => to.counter("taken_count", "x") },
  { title: "a name with a space", register: (to) => to.counter("a b", "x") },
  { title: "buckets that do not ascend", register: (to) => to.histogram("h", "x", [2, 2]) },
  { title: "a bucket bound that is no number", register: (to) => to.histogram("h", "x", [Number.NaN]) },
  { title: "an infinite bucket bound", register: (to) => to.histogram("h", "x", [1, Infinity]) },
  { title: "no buckets", register: (to) => to.histogram("h", "x", []) },
];
for (const { title, register } of registrationFaults) {
  test(`registering ${title} throws and leaves the metrics as they were`, () => {
    const metrics = createMetrics();
    metrics.histogram("taken", "x", [1, 2]).observe({}, 1);
    const before = metrics.render();
    assert.throws(() => register(metrics), TypeError);
    assert.equal(metrics.render(), before);
  });
}

test("a counter cannot shrink, and label names that are the format's own are refused", () => {
  const metrics = createMetrics();
  const counter = metrics.counter("a_total", "x");
  assert.throws(() => counter.add({}, -1), RangeError);
  assert.throws(() => counter.add({}, Number.NaN), RangeError);
  assert.throws(() => counter.add({ le: "1" }), TypeError);
  assert.throws(() => counter.add({ 'x="1"} 1\n': "1" }), TypeError);
  assert.throws(() => metrics.histogram("b", "x", [1]).observe({}, Number.NaN), RangeError);
  assert.deepEqual(parse(metrics.render()), []);
});

function textAfter(order: readonly string[]): string {
  const metrics = createMetrics();
  for (const name of order) metrics.counter(name, "x").add({ from: name });
  for (const name of order) metrics.counter("shared_total", "x").add({ from: name });
  return metrics.render();
}

/** Reads the format by its grammar and shares nothing with the writer. */
function parse(text: string): Sample[] {
  assert.ok(text === "" || text.endsWith("\n"));
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => !line.startsWith("# ")).map(parseSample);
}

const labelPattern = /(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\[\\"n])*)"/;
const samplePattern = new RegExp(
  `^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(?<labels>${unnamed(labelPattern)}(?:,${unnamed(labelPattern)})*)\\})? (?<value>[-+.0-9eINaf]+)$`,
);

function parseSample(line: string): Sample {
  const { name = "", labels = "", value } = samplePattern.exec(line)?.groups ?? assert.fail(line);
  const pairs = Array.from(labels.matchAll(new RegExp(labelPattern, "g")), ({ groups = {} }) => [
    groups["label"],
    groups["value"]?.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
  ]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

function unnamed({ source }: RegExp): string {
  return source.replaceAll(/\?<\w+>/g, "?:");
}
