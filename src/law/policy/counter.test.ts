import assert from "node:assert/strict";
import { test } from "node:test";
import { claim, placeSet, sampleFacts, sampleRegime, sampleTool } from "../../../test/support/law-samples.ts";
import { mayHold, mayNotHold } from "./condition.ts";
import { type CounterPeriod, periodStart } from "./counter-period.ts";
import { askedCounters, bandOf, bandsOf, type VolumeCondition } from "./counter.ts";
import { type DataClass, nothingAttested } from "./facts.ts";

const hourMs = 3_600_000;
const year: CounterPeriod = { kind: "12-months" };
const china: CounterPeriod = { kind: "calendar-year", leastMs: 6 * hourMs, greatestMs: 8 * hourMs };

const starts = [
  { title: "in summer", period: china, now: "2026-07-01T00:00:00Z", start: "2025-12-31T16:00:00.000Z" },
  {
    title: "while the new year has begun in the east of the country alone",
    period: china,
    now: "2026-12-31T17:59:59.999Z",
    start: "2025-12-31T16:00:00.000Z",
  },
  {
    title: "once it has begun everywhere",
    period: china,
    now: "2026-12-31T18:00:00Z",
    start: "2026-12-31T16:00:00.000Z",
  },
  { title: "of twelve months", period: year, now: "2027-03-01T00:00:00Z", start: "2026-02-28T00:00:00.000Z" },
  {
    title: "of twelve months with a day more",
    period: year,
    now: "2028-03-01T00:00:00Z",
    start: "2027-03-01T00:00:00.000Z",
  },
] as const;

for (const { title, period, now, start } of starts) {
  test(`a count ${title} begins on ${start}`, () => {
    assert.equal(new Date(periodStart(period, Date.parse(now))).toISOString(), start);
  });
}

// 100 is the threshold, 90 are attested, and the request has 4 people: at 6 they reach it together, at 10 without it.
const bands = [
  { counted: 0, band: 0 },
  { counted: 5, band: 0 },
  { counted: 6, band: 6 },
  { counted: 9, band: 6 },
  { counted: 10, band: 10 },
  { counted: 1_000_000, band: 10 },
] as const;

for (const { counted, band } of bands) {
  test(`a count of ${counted} is decided as ${band}`, () => {
    assert.equal(bandOf(counted, { attested: 90, persons: 4, thresholds: [100] }), band);
  });
}

test("a count between two thresholds is decided as what reaches the lower one", () => {
  assert.equal(bandOf(50, { attested: 0, persons: 1, thresholds: [100, 10] }), 10);
});

test("what is attested over a threshold already leaves no band for it", () => {
  assert.equal(bandOf(50, { attested: 100, persons: 1, thresholds: [100] }), 0);
});

function reading(count: number, of: VolumeCondition["of"], period: CounterPeriod): VolumeCondition {
  return { kind: "volume_at_least", counter: "people", count, of, period };
}

test("regimes that read one counter differently have it counted by the widest of their readings", () => {
  const health = reading(5, new Set(["health"]), year);
  const genetic = reading(7, new Set(["genetic"]), china);
  const home = placeSet("CH");
  const regimes = [
    sampleRegime({ appliesWhen: { kind: "all", of: [health] }, home }),
    sampleRegime({
      mechanisms: [{ ...sampleTool({ kind: "few", article: "", documents: [] }), requires: genetic }],
    }),
  ];
  assert.deepEqual(askedCounters(regimes), [
    {
      counter: "people",
      thresholds: [5, 7],
      periods: [year, china],
      of: new Set(["health", "genetic"]),
      // What is asked by a tool alone is of a law that applies, and names its transfers.
      homes: [home],
    },
  ]);
  const [all] = askedCounters([...regimes, sampleRegime({ appliesWhen: reading(7, null, year) })]);
  assert.deepEqual([all?.thresholds, all?.of], [[5, 7], null]);
});

const tenth: VolumeCondition = {
  kind: "volume_at_least",
  counter: "people",
  count: 10,
  of: null,
  period: year,
};

const counts = [
  { counted: 0, mayBe: false, mayBeBelow: true },
  { counted: 3, mayBe: false, mayBeBelow: true },
  { counted: 4, mayBe: true, mayBeBelow: true },
] as const;

for (const { counted, mayBe, mayBeBelow } of counts) {
  const words = `${mayBe ? "may" : "cannot"} have come to ten, and ${mayBeBelow ? "may" : "cannot"} be below`;
  test(`five attested, ${counted} counted and one in the request ${words}`, () => {
    const facts = sampleFacts({
      attested: { ...nothingAttested, volumes: { people: 5 } },
      counted: { people: counted },
    });
    const circumstances = { facts, processorPlaces: [] };
    assert.equal(mayHold(tenth, circumstances).isPossible, mayBe);
    assert.equal(mayNotHold(tenth, circumstances).isPossible, mayBeBelow);
  });
}

test("a phrase tells what is attested, what the cell may have sent, and the people of the request apart", () => {
  const facts = sampleFacts({
    attested: { ...nothingAttested, volumes: { people: 5 } },
    counted: { people: 4 },
  });
  assert.deepEqual(mayHold(tenth, { facts, processorPlaces: [] }).because(), [
    "volume `people` is 5 and at least 4 that this cell may have sent and 1 of this request, at least 10",
  ]);
});

test("a count alone attests nothing: what other systems sent stays unknown", () => {
  const facts = sampleFacts({ counted: { people: 4 } });
  assert.deepEqual(mayHold(tenth, { facts, processorPlaces: [] }).unsaid, ["volume `people`"]);
});

test("a count says nothing between thresholds, and nothing of one that is reached without it", () => {
  assert.deepEqual(bandsOf({ attested: 90, persons: 4, thresholds: [100] }), [0, 6, 10]);
  assert.deepEqual(bandsOf({ attested: 98, persons: 4, thresholds: [100] }), [0, 2]);
  assert.deepEqual(bandsOf({ attested: 200, persons: 4, thresholds: [100, 204] }), [0, 4]);
});

test("a counter that only a contract's condition reads, or only a tool's, is asked for too", () => {
  const [ofTool, ofContract] = ["of-a-tool", "of-a-contract"].map((counter) => ({ ...tenth, counter }));
  const regime = sampleRegime({
    mechanisms: [sampleTool({ requires: null }), sampleTool({ requires: ofTool ?? null })],
    contracts: [
      { contract: "always", article: "Art. 28", when: null, metBy: new Set() },
      { contract: "many", article: "Art. 28", when: ofContract ?? null, metBy: new Set() },
    ],
  });
  assert.deepEqual(
    askedCounters([regime]).map(({ counter, thresholds }) => [counter, thresholds]),
    [
      ["of-a-tool", [10]],
      ["of-a-contract", [10]],
    ],
  );
});

test("where one claim adds people and another does not, the phrase tells the one that it is about", () => {
  const many: VolumeCondition = { ...tenth, of: new Set(["health"]) };
  const facts = sampleFacts({
    attested: { ...nothingAttested, volumes: { people: 9 } },
    classes: (["health", "financial"] as const).map((name) => claim<DataClass>(name)),
  });
  const circumstances = { facts, processorPlaces: [] };
  assert.deepEqual(mayHold(many, circumstances).because(), [
    "volume `people` is 9 and 1 of this request, at least 10",
  ]);
  assert.deepEqual(mayNotHold(many, circumstances).because(), ["volume `people` is 9, below 10"]);
});
