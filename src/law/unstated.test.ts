// What a contract attests, and what it does not say: an unstated fact is needed only where a rule that would block reads it,
// and then the refusal names it.
import { accessors } from "./policy/access.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  claim,
  claims,
  decideOnce,
  lawfulIds,
  onePlacePolicy,
  placeSet,
  requirement,
  sampleFacts,
  sampleRegime,
  siting,
} from "../../test/support/law-samples.ts";
import { explain } from "./explain.ts";
import { type Attestations, type DataClass, type Facts, nothingAttested } from "./policy/facts.ts";
import type { Condition } from "./policy/regime.ts";

const minor: Condition = { kind: "minor" };
const employment: Condition = { kind: "employment" };
const critical: Condition = { kind: "controller_status", in: new Set(["cn-ciio"]) };
const research: Condition = { kind: "purpose", in: new Set(["research"]) };
const many: Condition = {
  kind: "volume_at_least",
  counter: "persons",
  count: 100,
  of: null,
  period: { kind: "12-months" },
};
const inDe: Condition = { kind: "subject_place", in: placeSet("DE") };
const inUs: Condition = { kind: "subject_place", in: placeSet("US") };
const saudi: Condition = { kind: "subject_residence", in: placeSet("SA") };
const not = (of: Condition): Condition => ({ kind: "not", of });
const all = (...of: readonly Condition[]): Condition => ({ kind: "all", of });
const any = (...of: readonly Condition[]): Condition => ({ kind: "any", of });
const attest = (attested: Partial<Attestations>): Partial<Facts> => ({
  attested: { ...nothingAttested, ...attested },
});

interface Case {
  readonly title: string;
  readonly condition: Condition;
  readonly facts?: Partial<Facts>;
  readonly applies: boolean;
  /** What the refusal says is missing. */
  readonly missing?: readonly string[];
}

const cases: readonly Case[] = [
  { title: "nobody said whether there are minors", condition: minor, applies: true, missing: ["minors"] },
  { title: "there are minors", condition: minor, facts: attest({ minors: true }), applies: true },
  { title: "there are no minors", condition: minor, facts: attest({ minors: false }), applies: false },
  {
    title: "not minors, where there are none",
    condition: not(minor),
    facts: attest({ minors: false }),
    applies: true,
  },
  {
    title: "not minors, where there are",
    condition: not(minor),
    facts: attest({ minors: true }),
    applies: false,
  },
  {
    title: "data about children, whatever the contract says of minors",
    condition: minor,
    facts: { ...attest({ minors: false }), classes: [claim("children")] },
    applies: true,
  },
  {
    title: "data about children among other data",
    condition: minor,
    facts: { ...attest({ minors: false }), classes: [claim("personal"), claim("children")] },
    applies: true,
  },
  { title: "an unknown context", condition: employment, applies: true, missing: ["employment context"] },
  { title: "not at work", condition: employment, facts: attest({ employment: false }), applies: false },
  { title: "an unknown status", condition: critical, applies: true, missing: ["controller status"] },
  { title: "no status", condition: critical, facts: attest({ statuses: [] }), applies: false },
  { title: "another status", condition: critical, facts: attest({ statuses: ["in-sdf"] }), applies: false },
  {
    title: "the status",
    condition: critical,
    facts: attest({ statuses: ["in-sdf", "cn-ciio"] }),
    applies: true,
  },
  {
    title: "a status exempts from nothing",
    condition: not(critical),
    facts: attest({ statuses: ["cn-ciio"] }),
    applies: true,
  },
  { title: "an unknown purpose", condition: research, applies: true, missing: ["purpose"] },
  {
    title: "no purpose at all",
    condition: research,
    facts: attest({ purposes: [] }),
    applies: true,
    missing: ["purpose"],
  },
  {
    title: "one purpose of two",
    condition: research,
    facts: attest({ purposes: ["support", "research"] }),
    applies: true,
  },
  { title: "another purpose", condition: research, facts: attest({ purposes: ["support"] }), applies: false },
  {
    title: "not for research, where it may be for either",
    condition: not(research),
    facts: attest({ purposes: ["support", "research"] }),
    applies: true,
  },
  {
    title: "not for research, where it is",
    condition: not(research),
    facts: attest({ purposes: ["research"] }),
    applies: false,
  },
  { title: "an unknown volume", condition: many, applies: true, missing: ["volume `persons`"] },
  {
    title: "a volume of something else",
    condition: many,
    facts: attest({ volumes: { devices: 7 } }),
    applies: true,
    missing: ["volume `persons`"],
  },
  {
    title: "one below the threshold, with the person of the request",
    condition: many,
    facts: attest({ volumes: { persons: 98 } }),
    applies: false,
  },
  {
    title: "the threshold itself",
    condition: many,
    facts: attest({ volumes: { persons: 99 } }),
    applies: true,
  },
  {
    title: "not so many, at the threshold",
    condition: not(many),
    facts: attest({ volumes: { persons: 100 } }),
    applies: false,
  },
  {
    title: "whoever is there may reside there",
    condition: saudi,
    facts: { subjectPlaces: claims("SA") },
    applies: true,
  },
  {
    title: "whoever resides there and is elsewhere",
    condition: saudi,
    facts: { subjectResidences: claims("SA") },
    applies: true,
  },
  { title: "whoever is elsewhere, as far as is claimed", condition: saudi, applies: false },
  {
    title: "a place does not lose its presumption by a residence elsewhere",
    condition: saudi,
    facts: { subjectPlaces: claims("SA"), subjectResidences: claims("DE") },
    applies: true,
  },
  {
    title: "an unstated fact beside one that fails is not needed",
    condition: all(inUs, minor),
    applies: false,
  },
  {
    title: "an unstated fact beside one that suffices is not missed",
    condition: any(minor, inDe),
    applies: true,
  },
  {
    title: "two unstated facts, of which either would do",
    condition: any(minor, employment),
    applies: true,
    missing: ["minors, employment context"],
  },
  {
    title: "two unstated facts that are both wanted",
    condition: all(inDe, critical, many),
    applies: true,
    missing: ["controller status, volume `persons`"],
  },
];

for (const { title, condition, facts, applies, missing = [] } of cases) {
  const then = applies ? "the rule applies" : "the rule does not apply";
  test(`${title}: ${then}${missing.length > 0 ? `, and ${missing.join()} is missing` : ""}`, () => {
    const rule = sampleRegime({
      id: "local",
      rule: "hard_local",
      home: placeSet("CH"),
      appliesWhen: condition,
    });
    const known = sampleRegime({ id: "known", rule: "terms", covers: placeSet("DE SA") });
    const decision = decideOnce(onePlacePolicy([known, rule], siting("DE")), sampleFacts(facts));
    assert.deepEqual(lawfulIds(decision), applies ? [] : ["engine"]);
    if (decision.kind === "refusal") assert.deepEqual(decision.refusal.missing, missing);
  });
}

test("an unstated fact is not needed where the rule that reads it is satisfied anyway", () => {
  const rule = sampleRegime({ rule: "hard_local", home: placeSet("DE"), appliesWhen: critical });
  const policy = onePlacePolicy([rule], siting("DE"));
  assert.deepEqual(lawfulIds(decideOnce(policy)), ["engine"]);
  const { cells, endpoints } = explain(policy, sampleFacts(), 0);
  for (const { verdicts } of [...cells, ...endpoints])
    assert.deepEqual(
      verdicts.map(({ missing }) => missing),
      [null],
    );
});

test("what is not known of the site is missing before what is not known of the request", () => {
  const rule = sampleRegime({ remoteAccess: new Set(accessors), appliesWhen: critical });
  const decision = decideOnce(onePlacePolicy([rule], siting("DE", { support: [] })));
  assert.deepEqual(decision.kind === "refusal" && decision.refusal.missing, [
    "places of remote support of `cell`",
    "places of remote support of `engine`",
  ]);
});

test("a rule that does not apply says of every alternative why", () => {
  const rule = sampleRegime({ appliesWhen: any(inUs, minor) });
  const facts = sampleFacts(attest({ minors: false }));
  const [standing] = explain(onePlacePolicy([rule], siting("DE")), facts, 0).regimes;
  assert.deepEqual(standing?.because, ["no subject place is listed", "minors: no"]);
});

test("a volume that is no number refuses as undecidable", () => {
  const rule = sampleRegime({ appliesWhen: many });
  const facts = sampleFacts(attest({ volumes: { persons: Number.NaN } }));
  const decision = decideOnce(onePlacePolicy([rule], siting("DE")), facts);
  assert.equal(decision.kind === "refusal" && decision.refusal.kind, "undecidable");
});

test("a counter called like a member of every object is a counter", () => {
  const rule = sampleRegime({
    rule: "hard_local",
    home: placeSet("CH"),
    appliesWhen: {
      kind: "volume_at_least",
      counter: "constructor",
      count: 1,
      of: null,
      period: { kind: "12-months" },
    },
  });
  const decision = decideOnce(onePlacePolicy([rule], siting("DE")));
  assert.deepEqual(decision.kind === "refusal" && decision.refusal.missing, ["volume `constructor`"]);
});

test("of data about people beside data about things somebody must say where the people are", () => {
  const classes = (["government", "personal"] as const).map((name) => claim<DataClass>(name));
  const facts = sampleFacts({ subjectPlaces: [], classes });
  const decision = decideOnce(onePlacePolicy([sampleRegime()], siting("DE")), facts);
  assert.ok(decision.kind === "refusal");
  assert.ok(decision.refusal.missing.includes("subject place"));
});

test("a law that looks at an operator only because the tenant wishes it makes nothing unlawful", () => {
  const wished: Condition = { kind: "requires_level", in: new Set(["sovereignty"]) };
  const facts = sampleFacts({ requirements: [requirement("sovereignty", "DE")] });
  const wordUnder = (appliesWhen: Condition): string | undefined => {
    const rule = sampleRegime({ rule: "hard_local", home: placeSet("CH"), appliesWhen });
    return explain(onePlacePolicy([rule], siting("DE")), facts, 0).endpoints[0]?.word;
  };
  assert.deepEqual([wished, all(inDe, wished), inDe].map(wordUnder), ["lawful", "lawful", "unlawful"]);
});
