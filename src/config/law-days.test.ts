// When the day that a pack names begins.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claims, decideOnce, lawfulIds, placeList, sampleFacts } from "../../test/support/law-samples.ts";
import { readTestPolicy } from "../../test/support/test-cell.ts";
import { countryCodes, parseInstant, type Place, userAssignedCodes, utcOffsetsOf } from "../base/index.ts";

test("every country has offsets, and those of a place are its country's", () => {
  for (const code of [...countryCodes, ...userAssignedCodes]) assert.ok(minutes(code), code);
  assert.deepEqual(minutes("IN"), [330, 330]);
  assert.deepEqual(minutes("DE"), [60, 120]);
  assert.deepEqual(minutes("CA-QC"), [-480, -150]);
  assert.deepEqual(minutes("AE+DIFC"), [240, 240]);
  assert.equal(utcOffsetsOf([]), null);
});

function minutes(place: string): unknown {
  const offsets = utcOffsetsOf([place as Place]);
  return offsets && [offsets.leastMs / 60_000, offsets.greatestMs / 60_000];
}

function policyOf(pack: string): ReturnType<typeof readTestPolicy>["law"] {
  return readTestPolicy(`
bailiwick: 1
deployment: test.example
law: { packs: [${pack}] }
operators: { one: { home: IN } }
cells: { cell: { place: IN, url: https://in.test.example, operator: one } }
endpoints:
  in-1: { cell: cell, engine: sim, url: http://127.0.0.1:1, operator: one, place: IN }
  de-1: { cell: cell, engine: sim, url: http://127.0.0.1:2, operator: one, place: DE }
models: { assistant: { served-by: { in-1: assistant, de-1: assistant } } }
tenants: {}
`).law;
}

function instant(text: string): number {
  const parsed = parseInstant(text);
  return parsed.ok ? parsed.value : assert.fail(parsed.error);
}

test("a law of India that begins on a day is in force from midnight in India", () => {
  const law = policyOf("in-dpdp-sdf, in-dpdp, in-rbi");
  const sample = sampleFacts();
  const facts = sampleFacts({
    subjectPlaces: claims("IN"),
    controllerPlaces: placeList("IN"),
    attested: { ...sample.attested, statuses: ["in-significant-data-fiduciary"] },
  });
  const lawfulAt = (text: string): readonly string[] => lawfulIds(decideOnce(law, facts, instant(text)));
  assert.deepEqual(lawfulAt("2027-05-12T18:29:59.999Z").toSorted(), ["de-1", "in-1"]);
  assert.deepEqual(lawfulAt("2027-05-12T18:30:00Z"), ["in-1"]);
  assert.deepEqual(lawfulAt("2027-05-13T00:00:00Z"), ["in-1"]);
});

for (const { pack, since, until } of [
  // Summer time, the earliest; the next scheme begins before this one ends, so that one of them always holds.
  { pack: "de-c5-2026", since: "2027-05-31T22:00:00Z", until: null },
  { pack: "de-c5", since: null, until: "2027-05-31T23:00:00Z" },
  // Newfoundland's summer: Québec's own midnight comes later, and the strictest counts.
  { pack: "ca-qc-law25", since: "2023-09-22T02:30:00Z", until: null },
  { pack: "jp-appi", since: "2022-03-31T15:00:00Z", until: null },
]) {
  test(`\`${pack}\` is in force by the clocks of its own places`, () => {
    const [regime] = policyOf(pack).regimes;
    assert.deepEqual(regime?.effective, {
      fromMs: since === null ? null : instant(since),
      untilMs: until === null ? null : instant(until),
    });
  });
}

test("an adequacy decision of the EU ends at the first midnight of the Union, and begins at the last", () => {
  const [regime] = policyOf("eu-gdpr").regimes;
  // From Réunion to Martinique.
  const britain = regime?.freeDestinations.find(({ places }) => places.has("GB" as Place));
  assert.equal(britain?.validity.fromMs, instant("2025-12-19T04:00:00Z"));
  assert.equal(britain.validity.untilMs, instant("2031-12-26T20:00:00Z"));
});
