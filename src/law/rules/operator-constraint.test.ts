// Who may run it: control from a place, control only from a place, certificates with their scope and time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place } from "../../base/index.ts";
import {
  always,
  claim,
  decideOnce,
  eea,
  lawfulIds,
  onePlacePolicy,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
} from "../../../test/support/law-samples.ts";
import type { Certification, Operator } from "../policy/endpoint.ts";
import type { DataClass } from "../policy/facts.ts";
import type { CertificationRule, OperatorConstraint } from "../policy/regime.ts";

const anyone: OperatorConstraint = {
  denyControlFrom: new Set(),
  allowControlFrom: null,
  requiresCertification: null,
  article: "§ 1",
  exceptHome: new Set(),
};
const rhein = sampleOperator("rhein", "DE");
const secnumcloud = { ...anyone, allowControlFrom: eea };
const hds = { ...anyone, requiresCertification: { scheme: "hds", scopeFor: new Map() } };
const dpf: CertificationRule = { scheme: "dpf", scopeFor: new Map([["human-resources", "hr"]]) };
const listed: Certification = { scheme: "dpf", scope: new Set(), validity: always };
const ownedFrom = (home: string, validity = always): Operator => ({
  ...rhein,
  parents: [{ home: home as Place, validity }],
});

interface Case {
  readonly title: string;
  readonly constraint: OperatorConstraint;
  readonly operator: Operator;
  readonly lawful: boolean;
  readonly nowMs?: number;
  readonly classes?: readonly DataClass[];
}

const cases: readonly Case[] = [
  { title: "without a limit anybody runs it", constraint: anyone, operator: ownedFrom("US"), lawful: true },
  { title: "control from inside alone", constraint: secnumcloud, operator: ownedFrom("FR"), lawful: true },
  { title: "a parent outside", constraint: secnumcloud, operator: ownedFrom("US"), lawful: false },
  {
    title: "an operator outside",
    constraint: secnumcloud,
    operator: sampleOperator("pacific", "US"),
    lawful: false,
  },
  {
    title: "a parent outside that has sold",
    constraint: secnumcloud,
    operator: ownedFrom("US", { fromMs: null, untilMs: 5 }),
    nowMs: 5,
    lawful: true,
  },
  {
    title: "a country of which only a part is allowed",
    constraint: { ...anyone, allowControlFrom: placeSet("CA-QC") },
    operator: sampleOperator("maple", "CA"),
    lawful: false,
  },
  {
    title: "a country of which a part is denied",
    constraint: { ...anyone, denyControlFrom: placeSet("CA-QC") },
    operator: sampleOperator("maple", "CA"),
    lawful: false,
  },
  { title: "no certificate", constraint: hds, operator: rhein, lawful: false },
  {
    title: "a certificate of another scheme",
    constraint: hds,
    operator: { ...rhein, certifications: [listed] },
    lawful: false,
  },
  {
    title: "the certificate",
    constraint: hds,
    operator: { ...rhein, certifications: [{ ...listed, scheme: "hds" }] },
    lawful: true,
  },
  {
    title: "a certificate at the moment of its end",
    constraint: hds,
    operator: {
      ...rhein,
      certifications: [{ ...listed, scheme: "hds", validity: { fromMs: 0, untilMs: 5 } }],
    },
    nowMs: 5,
    lawful: false,
  },
  {
    title: "a certificate just before its end",
    constraint: hds,
    operator: {
      ...rhein,
      certifications: [{ ...listed, scheme: "hds", validity: { fromMs: 0, untilMs: 5 } }],
    },
    nowMs: 4,
    lawful: true,
  },
  {
    title: "human-resources data under a listing without them",
    constraint: { ...anyone, requiresCertification: dpf },
    operator: { ...rhein, certifications: [listed] },
    classes: ["personal", "human-resources"],
    lawful: false,
  },
  {
    title: "other data under a listing without human-resources data",
    constraint: { ...anyone, requiresCertification: dpf },
    operator: { ...rhein, certifications: [listed] },
    classes: ["personal"],
    lawful: true,
  },
  {
    title: "human-resources data under a listing with them",
    constraint: { ...anyone, requiresCertification: dpf },
    operator: { ...rhein, certifications: [{ ...listed, scope: new Set(["hr"]) }] },
    classes: ["human-resources"],
    lawful: true,
  },
  {
    title: "a word wanted for all personal data is wanted for health data too",
    constraint: {
      ...anyone,
      requiresCertification: { scheme: "dpf", scopeFor: new Map([["personal", "people"]]) },
    },
    operator: { ...rhein, certifications: [listed] },
    classes: ["health"],
    lawful: false,
  },
  {
    title: "two certificates that only together reach far enough",
    constraint: {
      ...anyone,
      requiresCertification: {
        scheme: "dpf",
        scopeFor: new Map([
          ["health", "health"],
          ["personal", "people"],
        ]),
      },
    },
    operator: {
      ...rhein,
      certifications: [
        { ...listed, scope: new Set(["health"]) },
        { ...listed, scope: new Set(["people"]) },
      ],
    },
    classes: ["health"],
    lawful: false,
  },
];

for (const { title, constraint, operator, lawful, nowMs = 0, classes } of cases) {
  test(`${title}: ${lawful ? "lawful" : "forbidden"}`, () => {
    const policy = onePlacePolicy(
      [sampleRegime({ rule: "terms", operatorConstraints: [constraint] })],
      siting("DE", { operator }),
    );
    const decision = decideOnce(
      policy,
      sampleFacts(classes ? { classes: classes.map((value) => claim(value)) } : {}),
      nowMs,
    );
    assert.deepEqual(lawfulIds(decision), lawful ? ["engine"] : []);
  });
}

test("a certificate of the site counts as one of its operator", () => {
  const policy = onePlacePolicy(
    [sampleRegime({ rule: "terms", operatorConstraints: [hds] })],
    siting("DE", { operator: rhein, certifications: [{ ...listed, scheme: "hds" }] }),
  );
  assert.deepEqual(lawfulIds(decideOnce(policy)), ["engine"]);
});

test("the refusal names the operator, the scheme and the words of its scope", () => {
  const regime = sampleRegime({
    rule: "terms",
    operatorConstraints: [{ ...anyone, requiresCertification: dpf }],
  });
  const decision = decideOnce(onePlacePolicy([regime], siting("DE", { operator: rhein })));
  assert.ok(decision.kind === "refusal");
  assert.deepEqual(
    decision.refusal.blocks.map(({ article, reason }) => `${article}: ${reason}`),
    Array(2).fill("§ 1: operator `rhein` is not certified under `dpf`, with `hr` for `human-resources`"),
  );
});

test("a decision expires with the certificate that it rests on", () => {
  const operator = {
    ...rhein,
    certifications: [{ ...listed, scheme: "hds", validity: { fromMs: null, untilMs: 50 } }],
  };
  const regime = sampleRegime({ rule: "terms", operatorConstraints: [hds] });
  const decision = decideOnce(onePlacePolicy([regime], siting("DE", { operator })));
  assert.ok(decision.kind === "permit");
  assert.equal(decision.permit.terms.expiresAtMs, 50);
});
