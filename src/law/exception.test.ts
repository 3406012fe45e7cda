// Declared mechanisms under rules that know no free destination: exceptions to localisation, licences to export.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  always,
  claim,
  claims,
  decideOnce,
  lawfulIds,
  onePlacePolicy,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
  sampleDocument,
  sampleTool,
} from "../../test/support/law-samples.ts";
import { type DataClass, type Facts, nothingAttested } from "./policy/facts.ts";
import type { DeclaredMechanism, MechanismRule, Regime } from "./policy/regime.ts";

const decree: MechanismRule = sampleTool({
  kind: "decree",
  article: "MR 51/2021",
  documents: ["decision"],
});
const granted: DeclaredMechanism = {
  id: "granted",
  kind: "decree",
  from: "clinic",
  to: "volga",
  documents: { decision: sampleDocument("MOH-7") },
  classes: null,
  validity: always,
};
const emirati = (override: Partial<MechanismRule> = {}): Regime =>
  sampleRegime({
    id: "ae-health",
    rule: "hard_local",
    home: placeSet("AE"),
    mechanisms: [{ ...decree, ...override }],
  });
const russian = sampleRegime({ id: "ru-152", rule: "hard_local", home: placeSet("RU") });
const inRussia = siting("RU", { operator: sampleOperator("volga", "RU") });
const clinic = (override: Partial<Facts> = {}): Facts =>
  sampleFacts({ subjectPlaces: claims("AE"), exporter: "clinic", ...override });

test("an exception is a ground with its document, and a transfer", () => {
  const decision = decideOnce(onePlacePolicy([emirati()], inRussia, [granted]), clinic());
  assert.ok(decision.kind === "permit");
  const [endpoint] = decision.permit.terms.endpoints;
  assert.deepEqual(
    endpoint?.grounds.map(({ kind, instrument, documents }) => [kind, instrument, documents]),
    [["mechanism", "granted", { decision: "MOH-7" }]],
  );
  assert.equal(endpoint?.isTransfer, true);
});

test("two hard-local rules without a common place meet where an exception carries one of them", () => {
  const policy = onePlacePolicy([emirati(), russian], inRussia, [granted]);
  assert.deepEqual(lawfulIds(decideOnce(policy, clinic())), ["engine"]);
});

test("without the exception they still meet nowhere, and both say so", () => {
  const decision = decideOnce(onePlacePolicy([emirati(), russian], inRussia), clinic());
  assert.ok(decision.kind === "refusal");
  for (const { reason } of decision.refusal.blocks) assert.match(reason, /no place satisfies both/);
  assert.deepEqual([...new Set(decision.refusal.blocks.map(({ rule }) => rule))], ["ae-health", "ru-152"]);
});

interface Case {
  readonly title: string;
  readonly rule?: Partial<MechanismRule>;
  readonly declared?: Partial<DeclaredMechanism>;
  readonly facts?: Partial<Facts>;
  readonly nowMs?: number;
  readonly works: boolean;
}

const ofClasses = (...classes: readonly DataClass[]): Partial<Facts> => ({ classes: classes.map(claim) });
const few = (persons?: number): Partial<Facts> => ({
  attested: { ...nothingAttested, volumes: persons === undefined ? {} : { persons } },
});
const exempt: Partial<MechanismRule> = {
  requires: {
    kind: "not",
    of: { kind: "volume_at_least", counter: "persons", count: 100, of: null, period: { kind: "12-months" } },
  },
};
const health: ReadonlySet<DataClass> = new Set(["health"]);

const cases: readonly Case[] = [
  {
    title: "its kind carries health data, and this is",
    rule: { classes: health },
    facts: ofClasses("health"),
    works: true,
  },
  {
    title: "its kind carries health data, and this is more",
    rule: { classes: health },
    facts: ofClasses("health", "genetic"),
    works: false,
  },
  {
    title: "non-personal data needs no scope",
    rule: { classes: health },
    facts: ofClasses("health", "anonymous"),
    works: true,
  },
  {
    title: "important data does",
    rule: { classes: health },
    facts: ofClasses("health", "important-data"),
    works: false,
  },
  {
    title: "it was made for health data, and this is",
    declared: { classes: health },
    facts: ofClasses("health"),
    works: true,
  },
  { title: "it was made for health data, and this is not", declared: { classes: health }, works: false },
  { title: "few enough", rule: exempt, facts: few(98), works: true },
  { title: "too many", rule: exempt, facts: few(99), works: false },
  { title: "nobody counted", rule: exempt, works: false },
  { title: "another importer", declared: { to: "gulf" }, works: false },
  { title: "another exporter", facts: { exporter: "bank" }, works: false },
  { title: "switched off", rule: sampleTool({ enabled: false }), works: false },
  { title: "without its document", declared: { documents: {} }, works: false },
  {
    title: "at the moment of its end",
    declared: { validity: { fromMs: null, untilMs: 5 } },
    nowMs: 5,
    works: false,
  },
  {
    title: "just before its end",
    declared: { validity: { fromMs: null, untilMs: 5 } },
    nowMs: 4,
    works: true,
  },
];

for (const { title, rule, declared, facts, nowMs = 0, works } of cases) {
  test(`an exception, ${title}: it ${works ? "carries the data" : "does not work"}`, () => {
    const policy = onePlacePolicy([emirati(rule)], inRussia, [{ ...granted, ...declared }]);
    assert.deepEqual(lawfulIds(decideOnce(policy, clinic(facts), nowMs)), works ? ["engine"] : []);
  });
}

test("an exemption for few names the count that nobody stated", () => {
  const decision = decideOnce(onePlacePolicy([emirati(exempt)], inRussia, [granted]), clinic());
  assert.deepEqual(decision.kind === "refusal" && decision.refusal.missing, ["volume `persons`"]);
});

test("an exemption that rests on a condition which no claim can make certain never works", () => {
  const rule = emirati({ requires: { kind: "subject_citizenship", in: placeSet("AE") } });
  const policy = onePlacePolicy([rule], inRussia, [granted]);
  assert.deepEqual(lawfulIds(decideOnce(policy, clinic({ subjectCitizenships: claims("AE") }))), []);
  const empty = emirati({ requires: { kind: "any", of: [] } });
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([empty], inRussia, [granted]), clinic())), []);
});

for (const rule of ["denylist", "export_control"] as const) {
  test(`a licence opens a denied destination, and an operator controlled from there, under \`${rule}\``, () => {
    const regime = sampleRegime({ rule, deniedDestinations: placeSet("RU"), mechanisms: [decree] });
    const controlled = siting("US", { operator: sampleOperator("volga", "RU") });
    for (const at of [inRussia, controlled]) {
      assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([regime], at, [granted]), clinic())), ["engine"]);
      assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([regime], at), clinic())), []);
    }
  });
}

test("no mechanism lifts a limit on operators", () => {
  const limit = {
    denyControlFrom: placeSet("RU"),
    allowControlFrom: null,
    requiresCertification: null,
    article: "§ 1",
    exceptHome: new Set<never>(),
  };
  const regime = { ...emirati(), operatorConstraints: [limit] };
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([regime], inRussia, [granted]), clinic())), []);
});
