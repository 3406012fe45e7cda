// From where people reach into a site, and for how long it keeps what it was sent.
import { accessors } from "./policy/access.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decideOnce,
  lawfulIds,
  onePlacePolicy,
  placeList,
  placeSet,
  sampleRegime,
  siting,
  accessFrom,
  sampleDestination,
} from "../../test/support/law-samples.ts";
import type { Regime, RuleKind } from "./policy/regime.ts";

const adequacy = sampleDestination(placeSet("CH"), {
  instrument: "2000/518/EC",
});
const counted = (rule: RuleKind, counts = true): Regime =>
  sampleRegime({
    rule,
    remoteAccess: new Set(counts ? accessors : []),
    freeDestinations: [adequacy],
    deniedDestinations: placeSet("IN"),
  });

const cases = [
  { title: "support from home", rule: "conditional", support: "FR", lawful: true },
  { title: "support from a third country", rule: "conditional", support: "IN", lawful: false },
  {
    title: "support from several places, one of them abroad",
    rule: "conditional",
    support: "FR IN",
    lawful: false,
  },
  { title: "support from a free destination", rule: "conditional", support: "CH", lawful: true },
  { title: "support from abroad under localisation", rule: "hard_local", support: "CH", lawful: false },
  { title: "support from a denied destination", rule: "export_control", support: "IN", lawful: false },
  { title: "support from elsewhere", rule: "denylist", support: "US", lawful: true },
  { title: "support from nobody knows where", rule: "conditional", support: "", lawful: false },
  {
    title: "support from nobody knows where, without a rule on places",
    rule: "terms",
    support: "",
    lawful: true,
  },
] as const;

for (const { title, rule, support, lawful } of cases) {
  test(`${title}: ${lawful ? "lawful" : "forbidden"}`, () => {
    const at = siting("DE", { support: accessFrom(placeList(support)) });
    assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([counted(rule)], at))), lawful ? ["engine"] : []);
    assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([counted(rule, false)], at))), ["engine"]);
  });
}

test("unknown support is missing by the name of the site", () => {
  const decision = decideOnce(onePlacePolicy([counted("conditional")], siting("DE", { support: [] })));
  assert.deepEqual(decision.kind === "refusal" && decision.refusal.missing, [
    "places of remote support of `cell`",
    "places of remote support of `engine`",
  ]);
});

test("support from a free destination is a transfer on its ground", () => {
  const at = siting("DE", { support: accessFrom(placeList("CH")) });
  const decision = decideOnce(onePlacePolicy([counted("conditional")], at));
  assert.ok(decision.kind === "permit");
  const [endpoint] = decision.permit.terms.endpoints;
  assert.deepEqual([endpoint?.isTransfer, endpoint?.grounds[0]?.instrument], [true, "2000/518/EC"]);
});

const retentions = [
  { most: null, kept: null, lawful: true },
  { most: 30, kept: 30, lawful: true },
  { most: 30, kept: 31, lawful: false },
  { most: 0, kept: 0, lawful: true },
  { most: 0, kept: 1, lawful: false },
  { most: 30, kept: null, lawful: false },
] as const;

for (const { most, kept, lawful } of retentions) {
  test(`at most ${most ?? "any number of"} days, and it keeps data for ${kept ?? "nobody knows how many"}`, () => {
    const regime = sampleRegime({ rule: "terms", maxRetentionDays: most });
    const decision = decideOnce(onePlacePolicy([regime], siting("DE", { retentionDays: kept })));
    assert.deepEqual(lawfulIds(decision), lawful ? ["engine"] : []);
    if (decision.kind === "permit" || kept !== null) return;
    assert.deepEqual(decision.refusal.missing, ["retention of `cell`", "retention of `engine`"]);
  });
}
