import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place } from "../../base/index.ts";
import {
  always,
  decideOnce,
  lawfulIds,
  onePlacePolicy,
  placeList,
  requirement,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
} from "../../../test/support/law-samples.ts";
import type { Siting } from "../policy/endpoint.ts";

const us = "US" as Place;
const rhein = sampleOperator("rhein-cloud", "DE");
const ownedFromUs = sampleOperator("rhein-cloud", "DE", [{ home: us, validity: always }]);
const soldYesterday = sampleOperator("rhein-cloud", "DE", [
  { home: us, validity: { fromMs: null, untilMs: 0 } },
]);
const pacific = sampleOperator("pacific-cloud", "US");

interface Case {
  readonly title: string;
  readonly at: Siting;
  /** The strictest level that passes. */
  readonly upTo: "nothing" | "residency" | "sovereignty" | "full-stack";
}

const cases: readonly Case[] = [
  { title: "everything in DE", at: siting("DE", { operator: rhein }), upTo: "full-stack" },
  { title: "computing in DE and GB", at: siting("DE GB", { operator: rhein }), upTo: "nothing" },
  {
    title: "logs in the US",
    at: siting("DE", { operator: rhein, stores: placeList("DE US") }),
    upTo: "nothing",
  },
  { title: "Zurich", at: siting("CH", { operator: rhein }), upTo: "nothing" },
  { title: "a US operator in DE", at: siting("DE", { operator: pacific }), upTo: "residency" },
  {
    title: "a German operator with a US parent",
    at: siting("DE", { operator: ownedFromUs }),
    upTo: "residency",
  },
  {
    title: "a German operator whose US parent has sold it",
    at: siting("DE", { operator: soldYesterday }),
    upTo: "full-stack",
  },
  {
    title: "hardware leased from the US",
    at: siting("DE", { operator: rhein, premises: placeList("DE US") }),
    upTo: "sovereignty",
  },
  {
    title: "premises that nobody named",
    at: siting("DE", { operator: rhein, premises: null }),
    upTo: "sovereignty",
  },
  {
    title: "an empty list of premises",
    at: siting("DE", { operator: rhein, premises: [] }),
    upTo: "sovereignty",
  },
];

const levels = ["residency", "sovereignty", "full-stack"] as const;

for (const { title, at, upTo } of cases) {
  test(`${title}: satisfies ${upTo} in the EEA, and no more`, () => {
    const passing = levels.filter((level) => {
      const facts = sampleFacts({ requirements: [requirement(level, "EEA")] });
      return lawfulIds(decideOnce(onePlacePolicy([sampleRegime({ rule: "terms" })], at), facts)).length > 0;
    });
    assert.deepEqual(passing, levels.slice(0, levels.indexOf(upTo as never) + 1));
  });
}

test("a requirement that fails names its level and zone, and the controller", () => {
  const facts = sampleFacts({ requirements: [requirement("sovereignty", "EEA")] });
  const decision = decideOnce(
    onePlacePolicy([sampleRegime()], siting("DE", { operator: ownedFromUs })),
    facts,
  );
  assert.ok(decision.kind === "refusal");
  assert.deepEqual(decision.refusal.blocks[1], {
    target: "engine",
    rule: "requires:sovereignty:EEA",
    article: "tenant requirement",
    reason: "operator `rhein-cloud` is controlled from `US`, not from `EEA`",
  });
});

test("unknown premises are named as the missing fact", () => {
  const facts = sampleFacts({ requirements: [requirement("full-stack", "EEA")] });
  const decision = decideOnce(
    onePlacePolicy([sampleRegime()], siting("DE", { operator: rhein, premises: null })),
    facts,
  );
  assert.ok(decision.kind === "refusal");
  assert.equal(decision.refusal.kind, "no_lawful_endpoint");
  assert.deepEqual(decision.refusal.missing, ["premises of `cell`", "premises of `engine`"]);
});

test("a requirement does not stand in for the law", () => {
  const facts = sampleFacts({ requirements: [requirement("residency", "US")] });
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([sampleRegime()], siting("US")), facts)), []);
});
