import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place } from "../../base/index.ts";
import {
  claim,
  claims,
  eea,
  placeList,
  placeSet,
  requirement,
  sampleFacts,
} from "../../../test/support/law-samples.ts";
import { looksAtProcessor, mayHold } from "./condition.ts";
import type { DataClass, Facts } from "./facts.ts";
import type { Condition } from "./regime.ts";

interface Case {
  readonly title: string;
  readonly condition: Condition;
  readonly facts?: Partial<Facts>;
  readonly processors?: string;
  readonly applies: boolean;
}

const inEea: Condition = { kind: "subject_place", in: eea };
const inQuebec: Condition = { kind: "subject_place", in: placeSet("CA-QC") };
const russian: Condition = { kind: "subject_citizenship", in: placeSet("RU") };
const health: Condition = { kind: "data_class", in: new Set<DataClass>(["health"]) };
const special: Condition = { kind: "data_class", in: new Set<DataClass>(["special"]) };
const personal: Condition = { kind: "data_class", in: new Set<DataClass>(["personal"]) };
const bank: Condition = { kind: "sector", in: new Set(["bank"]) };
const sovereign: Condition = { kind: "requires_level", in: new Set(["sovereignty"] as const) };
const not = (of: Condition): Condition => ({ kind: "not", of });
const dataOf = (...classes: DataClass[]): Partial<Facts> => ({
  classes: classes.map((value) => claim(value)),
});

const cases: readonly Case[] = [
  { title: "an empty `all` always applies", condition: { kind: "all", of: [] }, applies: true },
  { title: "an empty `any` never applies", condition: { kind: "any", of: [] }, applies: false },
  { title: "a subject in DE is in the EEA", condition: inEea, applies: true },
  {
    title: "one claim of two is enough",
    condition: inEea,
    facts: { subjectPlaces: claims("US DE") },
    applies: true,
  },
  {
    title: "a subject in Zurich is not in the EEA",
    condition: inEea,
    facts: { subjectPlaces: claims("CH") },
    applies: false,
  },
  {
    title: "`not` applies where one claim lies outside",
    condition: not(inEea),
    facts: { subjectPlaces: claims("US DE") },
    applies: true,
  },
  { title: "`not` does not apply where every claim lies inside", condition: not(inEea), applies: false },
  {
    title: "somebody in CA may be in CA-QC",
    condition: inQuebec,
    facts: { subjectPlaces: claims("CA") },
    applies: true,
  },
  {
    title: "and may as well not be",
    condition: not(inQuebec),
    facts: { subjectPlaces: claims("CA") },
    applies: true,
  },
  {
    title: "somebody in CA-ON is not in CA-QC",
    condition: inQuebec,
    facts: { subjectPlaces: claims("CA-ON") },
    applies: false,
  },
  {
    title: "a citizenship applies when it is claimed",
    condition: russian,
    facts: { subjectCitizenships: claims("RU") },
    applies: true,
  },
  { title: "a citizenship that nobody claimed does not apply", condition: russian, applies: false },
  {
    title: "a claimed citizenship does not exclude others",
    condition: not(russian),
    facts: { subjectCitizenships: claims("RU") },
    applies: true,
  },
  {
    title: "health data is special and personal data",
    condition: { kind: "all", of: [special, personal] },
    facts: dataOf("health"),
    applies: true,
  },
  { title: "personal data is not health data", condition: health, applies: false },
  {
    title: "financial data is not special data",
    condition: special,
    facts: dataOf("financial"),
    applies: false,
  },
  {
    title: "non-personal data is not personal",
    condition: personal,
    facts: dataOf("non-personal"),
    applies: false,
  },
  {
    title: "`not` of a class applies to whatever else the request carries",
    condition: not(health),
    facts: dataOf("health", "personal"),
    applies: true,
  },
  {
    title: "`not` of a class does not apply to that class alone",
    condition: not(special),
    facts: dataOf("health"),
    applies: false,
  },
  {
    title: "a controller's establishment counts",
    condition: { kind: "controller_place", in: eea },
    applies: true,
  },
  {
    title: "a sector applies when it is declared",
    condition: bank,
    facts: { sector: "bank" },
    applies: true,
  },
  { title: "another sector does not", condition: bank, facts: { sector: "insurance" }, applies: false },
  { title: "no declared sector is none of the listed", condition: bank, applies: false },
  { title: "`not` of a sector applies without one", condition: not(bank), applies: true },
  {
    title: "a processor's place counts",
    condition: { kind: "processor_place", in: placeSet("US") },
    processors: "DE US",
    applies: true,
  },
  {
    title: "a processor elsewhere does not",
    condition: { kind: "processor_place", in: placeSet("US") },
    processors: "DE",
    applies: false,
  },
  {
    title: "a required level brings a rule in",
    condition: sovereign,
    facts: { requirements: [requirement("sovereignty", "EEA")] },
    applies: true,
  },
  { title: "without the requirement it stays out", condition: sovereign, applies: false },
  {
    title: "a required level never puts a rule out of force",
    condition: not(sovereign),
    facts: { requirements: [requirement("sovereignty", "EEA")] },
    applies: true,
  },
  { title: "`all` needs each part", condition: { kind: "all", of: [inEea, bank] }, applies: false },
  { title: "`any` needs one part", condition: { kind: "any", of: [bank, inEea] }, applies: true },
  {
    title: "`not all` applies where one part may fail",
    condition: not({ kind: "all", of: [inEea, bank] }),
    applies: true,
  },
  {
    title: "`not any` needs each part to be able to fail",
    condition: not({ kind: "any", of: [inEea, bank] }),
    applies: false,
  },
];

for (const { title, condition, facts, processors = "DE", applies } of cases) {
  test(title, () => {
    const circumstances = { facts: sampleFacts(facts), processorPlaces: placeList(processors) };
    assert.equal(mayHold(condition, circumstances).isPossible, applies);
  });
}

test("the answer names the claims that decided it, with their basis", () => {
  const facts = sampleFacts({ subjectPlaces: [{ value: "DE" as Place, basis: "geo-ip" }] });
  const circumstances = { facts, processorPlaces: [] };
  assert.deepEqual(mayHold({ kind: "all", of: [inEea, personal] }, circumstances).because(), [
    "subject place `DE` (geo-ip) is listed",
    "data class `personal` (tenant-contract) is listed",
  ]);
  assert.deepEqual(mayHold({ kind: "all", of: [inEea, bank] }, circumstances).because(), [
    "no sector is listed",
  ]);
});

test("a condition that is none of the known ones throws instead of not applying", () => {
  const unknown = { kind: "phase_of_the_moon" } as unknown as Condition;
  assert.throws(() => mayHold(unknown, { facts: sampleFacts(), processorPlaces: [] }), /unreachable/);
});

test("a condition on the processor is found however deep it is", () => {
  const deep: Condition = {
    kind: "all",
    of: [inEea, not({ kind: "any", of: [{ kind: "processor_place", in: eea }] })],
  };
  assert.ok(looksAtProcessor(deep));
  assert.ok(!looksAtProcessor(not(inEea)));
});
