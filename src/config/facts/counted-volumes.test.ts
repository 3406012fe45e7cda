import assert from "node:assert/strict";
import { test } from "node:test";
import { sellerPolicy } from "../../../test/support/seller-policy.ts";
import { readTestPolicy, testPolicy } from "../../../test/support/test-cell.ts";
import { type CountedVolume, countedPeople, countedSince, countedVolumes } from "./counted-volumes.ts";

function volumesOf(attested: number | string): readonly CountedVolume[] {
  return Array.from(countedVolumes(readTestPolicy(sellerPolicy(attested, 3))).values()).flat();
}

function ordinary(attested: number | string): CountedVolume {
  const [found] = volumesOf(attested).filter(({ counter }) => counter === "cn-personal-this-year");
  assert.ok(found);
  return found;
}

test("tenants that attest a counter which a pinned pack reads are counted, and no others", () => {
  assert.deepEqual(
    volumesOf(7).map(({ counter, attested, persons, of }) => ({ counter, attested, persons, of })),
    [
      { counter: "cn-personal-this-year", attested: 7, persons: 3, of: null },
      {
        counter: "cn-sensitive-this-year",
        attested: 0,
        persons: 3,
        of: new Set(["special", "financial", "children", "criminal"]),
      },
    ],
  );
  assert.equal(countedVolumes(readTestPolicy(testPolicy)).size, 0);
});

const nowMs = Date.parse("2026-06-15T12:00:00Z");
const moments = [
  { title: "of the year", attested: 0, since: "2025-12-31T16:00:00.000Z" },
  {
    title: "as of a day of the year",
    attested: "{ count: 9, as-of: 2026-05-01 }",
    since: "2026-05-01T00:00:00.000Z",
  },
  {
    title: "as of a day before the year",
    attested: "{ count: 9, as-of: 2025-05-01 }",
    since: "2025-12-31T16:00:00.000Z",
  },
  {
    title: "as of a day to come",
    attested: "{ count: 9, as-of: 2026-06-16 }",
    since: "2025-12-31T16:00:00.000Z",
  },
] as const;

for (const { title, attested, since } of moments) {
  test(`to a number ${title} a cell adds what it sent since ${since}`, () => {
    assert.equal(new Date(countedSince(ordinary(attested), nowMs)).toISOString(), since);
  });
}

test("requests become people, in bands that end where a threshold is reached", () => {
  // 100 000 and a million are the thresholds; a request has three people.
  const volume = ordinary(99_990);
  assert.deepEqual(
    [0, 2, 3, 4, 5].map((requests) => countedPeople(volume, requests)),
    [0, 0, 7, 10, 10],
  );
});
