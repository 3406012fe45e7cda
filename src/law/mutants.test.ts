// Behaviour that no other test would miss: each of these was written against a mutant that had survived (tools/mutate-law.ts).
import { accessors } from "./policy/access.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  always,
  claims,
  decideOnce,
  onePlacePolicy,
  placeList,
  placeSet,
  requirement,
  sampleCell,
  sampleEndpoint,
  sampleFacts,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
  accessFrom,
  sampleDestination,
  sampleTool,
} from "../../test/support/law-samples.ts";
import { checkLaw, overlaps } from "./policy/check-law.ts";
import { mayHold, mayNotHold } from "./policy/condition.ts";
import { createDecider } from "./decider.ts";
import type { Decision } from "./decision.ts";
import { explain } from "./explain.ts";
import { bases, dataClasses, impliedClasses, nothingAttested, requirementLevels } from "./policy/facts.ts";
import { selectingBases } from "./policy/claims.ts";
import { legalTargetKinds, liftReasons, suspensionReasons } from "./policy/legal-event.ts";
import { formatLegalEvent, parseLegalEvent } from "./policy/legal-event-text.ts";
import type { PermittedEndpoint } from "./permit.ts";
import {
  confidences,
  type DeclaredMechanism,
  evidenceClasses,
  type FreeDestination,
  type Regime,
  ruleKinds,
} from "./policy/regime.ts";
import { formatPlaces } from "./rules/verdict.ts";

const scc: Regime["mechanisms"][number] = sampleTool({
  kind: "scc",
  article: "Art. 46",
  documents: [],
});
const toUs: DeclaredMechanism = {
  id: "to-us",
  kind: "scc",
  from: "acme",
  to: "cloud-US",
  documents: {},
  classes: null,
  validity: always,
};

const vocabularies = [
  { name: "bases", words: bases, are: "tenant-contract key-binding jwt-claim header hostname geo-ip" },
  { name: "selecting bases", words: selectingBases, are: "key-binding jwt-claim header" },
  {
    name: "data classes",
    words: dataClasses,
    are: "non-personal personal special health biometric genetic financial criminal children human-resources pseudonymised anonymous important-data government",
  },
  { name: "levels", words: requirementLevels, are: "residency sovereignty full-stack" },
  {
    name: "kinds of rule",
    words: ruleKinds,
    are: "hard_local conditional denylist export_control operator terms",
  },
  { name: "evidence classes", words: evidenceClasses, are: "E0 E1 E2 E3 E4" },
  { name: "confidences", words: confidences, are: "verified secondary background unconfirmed" },
  {
    name: "targets of events",
    words: legalTargetKinds,
    are: "region operator group mechanism regime endpoint",
  },
  {
    name: "reasons to suspend",
    words: suspensionReasons,
    are: "injunction adequacy-withdrawn mechanism-invalid sanction supervisory-order contract-ended incident drill",
  },
  {
    name: "reasons to lift",
    words: liftReasons,
    are: "order-ended order-stayed remedied mistake drill-ended",
  },
] as const;

for (const { name, words, are } of vocabularies) {
  test(`the ${name} are ${are}`, () => assert.equal(words.join(" "), are));
}

for (const [dataClass, wider] of [
  ["health", "special personal"],
  ["biometric", "special personal"],
  ["genetic", "special personal"],
  ["special", "personal"],
  ["financial", "personal"],
  ["criminal", "personal"],
  ["children", "personal"],
  ["human-resources", "personal"],
  ["pseudonymised", "personal"],
  ["anonymous", "non-personal"],
  ["personal", ""],
  ["non-personal", ""],
  ["important-data", ""],
  ["government", ""],
] as const) {
  test(`\`${dataClass}\` implies ${wider || "nothing"}`, () => {
    assert.equal(impliedClasses[dataClass].join(" "), wider);
  });
}

test("a mechanism or an endpoint that is defined twice is an error", () => {
  const regimes = [sampleRegime({ mechanisms: [scc] })];
  const once = onePlacePolicy(regimes, siting("US"), [toUs]);
  const twice = {
    ...once,
    mechanisms: [toUs, toUs],
    endpoints: [...once.endpoints, ...once.endpoints],
  };
  assert.deepEqual(pathsOf(checkLaw(twice, 0)), ["mechanisms.to-us", "endpoints.engine"]);
});

test("a mechanism may lead to whoever runs a cell, or an endpoint, or nothing else", () => {
  const regimes = [sampleRegime({ mechanisms: [scc] })];
  const cells = [sampleCell("cell", siting("DE"))];
  const endpoints = [sampleEndpoint("engine", "cell", siting("FR"))];
  const paths = ["cloud-DE", "cloud-FR", "cloud-US"].map((to) =>
    pathsOf(checkLaw(samplePolicy({ regimes, cells, endpoints, mechanisms: [{ ...toUs, to }] }), 0)),
  );
  assert.deepEqual(paths, [[], [], ["mechanisms.to-us.to"]]);
});

for (const rule of ruleKinds) {
  test(`a \`${rule}\` rule without mechanisms and free destinations is sound`, () => {
    assert.deepEqual(checkLaw(onePlacePolicy([sampleRegime({ rule })], siting("DE")), 0), []);
  });
}

const free: FreeDestination = sampleDestination(placeSet("CH"), {
  instrument: "first",
});

for (const { title, left, right, shared } of [
  { title: "a country and a part of it, in either order", left: "CA", right: "CA-QC", shared: "CA-QC" },
  { title: "some of their places", left: "CH JP", right: "GB CH", shared: "CH" },
  { title: "none of their places", left: "CH", right: "GB", shared: "" },
]) {
  test(`two instruments for ${title} overlap in: ${shared || "nothing"}`, () => {
    const pair = [left, right].map((codes) => ({ ...free, places: placeSet(codes) }));
    for (const each of [pair, pair.toReversed()]) {
      const places = overlaps(each).flatMap((overlap) => overlap.places);
      assert.equal(places.join(" "), shared);
    }
  });
}

test("two instruments overlap that share one of several classes", () => {
  const several = { ...free, classes: new Set(["personal", "health"] as const) };
  const one = { ...free, classes: new Set(["health"] as const) };
  assert.equal(overlaps([several, one]).length, 1);
});

test("a tenant that requires no level is not thereby outside a rule for those who require none", () => {
  const condition = { kind: "requires_level", in: new Set(["residency"] as const) } as const;
  const circumstances = { facts: sampleFacts(), processorPlaces: [] };
  assert.equal(mayNotHold(condition, circumstances).isPossible, true);
  assert.equal(mayHold(condition, circumstances).isPossible, false);
});

test("a phrase says which sector is declared, and that none is", () => {
  const condition = { kind: "sector", in: new Set(["bank"]) } as const;
  const because = [null, "energy"].map((sector) =>
    mayNotHold(condition, { facts: sampleFacts({ sector }), processorPlaces: [] }).because(),
  );
  assert.deepEqual(because, [["sector `none declared` is not listed"], ["sector `energy` is not listed"]]);
});

test("a phrase says what is not stated", () => {
  const circumstances = { facts: sampleFacts(), processorPlaces: [] };
  assert.deepEqual(mayHold({ kind: "employment" }, circumstances).because(), [
    "employment context is not stated",
  ]);
});

test("a decider that has room remembers more than the last decision", () => {
  const decider = createDecider(onePlacePolicy([sampleRegime()], siting("DE")));
  const here = sampleFacts();
  const there = sampleFacts({ subjectPlaces: claims("FR") });
  const [first, second] = [decider.decide(here, 0), decider.decide(there, 0)];
  assert.equal(decider.decide(here, 0), first);
  assert.equal(decider.decide(there, 0), second);
});

test("a permit names the places where an endpoint computes", () => {
  const endpoint = permitted(decideOnce(onePlacePolicy([sampleRegime()], siting("DE FR"))));
  assert.deepEqual(endpoint.computes, ["DE", "FR"]);
});

test("grounds of one regime stand side by side where their kinds differ", () => {
  const regime = sampleRegime({ rule: "export_control", deniedDestinations: placeSet("RU") });
  const policy = samplePolicy({
    regimes: [regime],
    cells: [sampleCell("cell", siting("DE"))],
    endpoints: [sampleEndpoint("engine", "cell", siting("US"))],
  });
  const kinds = permitted(decideOnce(policy)).grounds.map(({ kind }) => kind);
  assert.deepEqual(kinds.toSorted(), ["free", "home"]);
});

test("grounds of one regime stand side by side where their instruments differ", () => {
  const regime = sampleRegime({
    freeDestinations: [free, { ...free, places: placeSet("GB"), instrument: "second" }],
  });
  const { grounds } = permitted(decideOnce(onePlacePolicy([regime], siting("CH GB"))));
  assert.deepEqual(
    grounds.map(({ instrument }) => instrument),
    ["first", "second"],
  );
});

test("blocks of one endpoint are in the order of their rules", () => {
  const regime = sampleRegime({ id: "z-law", rule: "hard_local" });
  const facts = sampleFacts({ requirements: [requirement("residency", "DE")] });
  const decision = decideOnce(onePlacePolicy([regime], siting("US")), facts);
  assert.equal(decision.kind, "refusal");
  const rules = decision.kind === "refusal" ? decision.refusal.blocks.map(({ rule }) => rule) : [];
  assert.deepEqual(rules, ["requires:residency:DE", "z-law", "requires:residency:DE", "z-law"]);
});

test("a legal event may begin with the epoch, and not before", () => {
  const text = formatLegalEvent({
    deployment: "acme.example",
    event: {
      act: "suspend",
      id: "old",
      target: { kind: "region", name: "US" },
      reason: "drill",
      validity: { fromMs: 0, untilMs: null },
    },
  });
  assert.equal(parseLegalEvent(text).ok, true);
  assert.equal(parseLegalEvent(text.replace("1970-01-01T00", "1969-12-31T23")).ok, false);
});

test("a controller that states no status is not thereby outside a rule for those without one", () => {
  const condition = { kind: "controller_status", in: new Set(["cn-ciio"]) } as const;
  const facts = sampleFacts({ attested: { ...nothingAttested, statuses: [] } });
  assert.equal(mayNotHold(condition, { facts, processorPlaces: [] }).isPossible, true);
  assert.equal(mayHold(condition, { facts, processorPlaces: [] }).isPossible, false);
});

test("a phrase says whether a volume is reached", () => {
  const condition = {
    kind: "volume_at_least",
    counter: "persons",
    count: 10,
    of: null,
    period: { kind: "12-months" },
  } as const;
  const because = [8, 9].map((persons) => {
    const facts = sampleFacts({ attested: { ...nothingAttested, volumes: { persons } } });
    return mayHold(condition, { facts, processorPlaces: [] }).because();
  });
  assert.deepEqual(because, [
    ["volume `persons` is 8 and 1 of this request, below 10"],
    ["volume `persons` is 9 and 1 of this request, at least 10"],
  ]);
});

test("a decider with room for one decision forgets it at the next", () => {
  const decider = createDecider(onePlacePolicy([sampleRegime()], siting("DE")), { maxDecisions: 1 });
  const first = decider.decide(sampleFacts(), 0);
  assert.equal(decider.decide(sampleFacts(), 0), first);
  decider.decide(sampleFacts({ subjectPlaces: claims("FR") }), 0);
  assert.notEqual(decider.decide(sampleFacts(), 0), first);
});

const notEmployed = { ...nothingAttested, employment: false };
for (const { fact, appliesWhen, facts } of [
  {
    fact: "attestation",
    appliesWhen: { kind: "employment" },
    facts: sampleFacts({ attested: { ...nothingAttested, employment: true } }),
  },
  {
    fact: "residence",
    appliesWhen: { kind: "subject_residence", in: placeSet("RU") },
    facts: sampleFacts({ subjectResidences: claims("RU"), attested: notEmployed }),
  },
] as const) {
  test(`a remembered decision does not serve for another ${fact}`, () => {
    const local = sampleRegime({ id: "local", rule: "hard_local", home: placeSet("RU"), appliesWhen });
    const decider = createDecider(onePlacePolicy([sampleRegime(), local], siting("DE")));
    const without = sampleFacts({ attested: notEmployed });
    assert.equal(decider.decide(without, 0).kind, "permit");
    assert.equal(decider.decide(facts, 0).kind, "refusal");
  });
}

test("grounds of two regimes stand side by side where all else is alike", () => {
  const regimes = [sampleRegime({ id: "one" }), sampleRegime({ id: "two" })];
  const { grounds } = permitted(decideOnce(onePlacePolicy(regimes, siting("DE"))));
  assert.deepEqual(
    grounds.map(({ regime }) => regime),
    ["one", "two"],
  );
});

test("two rules with different homes are no opposites unless both are hard-local", () => {
  const regimes = [sampleRegime(), sampleRegime({ id: "us-law", home: placeSet("US") })];
  const decision = decideOnce(onePlacePolicy(regimes, siting("DE")));
  const blocks = decision.kind === "refusal" ? decision.refusal.blocks : [];
  assert.deepEqual(
    blocks.map(({ rule }) => rule),
    ["us-law", "us-law"],
  );
});

test("support from home does not bring home what computes abroad", () => {
  const regime = sampleRegime({ rule: "hard_local", remoteAccess: new Set(accessors) });
  const sited = siting("US", { support: accessFrom(placeList("DE")) });
  assert.equal(decideOnce(onePlacePolicy([regime], sited)).kind, "refusal");
});

test("a mechanism that opens a denied controller is said to open its place", () => {
  const regime = sampleRegime({
    rule: "denylist",
    deniedDestinations: placeSet("US"),
    mechanisms: [scc],
  });
  const operator = sampleOperator("cloud-US", "US");
  const policy = onePlacePolicy([regime], siting("DE", { operator }), [toUs]);
  const [verdict] = explain(policy, sampleFacts({ exporter: "acme" }), 0).endpoints[0]?.verdicts ?? [];
  assert.equal(verdict?.reason, "`US`: under `to-us`");
});

test("of more than three places a message names three", () => {
  assert.equal(formatPlaces(placeList("FR DE")), "`DE`, `FR`");
  assert.equal(formatPlaces(placeList("FR DE AT")), "`AT`, `DE`, `FR`");
  assert.equal(formatPlaces(placeList("FR DE AT BE")), "`AT`, `BE`, `DE` and 1 more");
});

for (const { title, change } of [
  { title: "another first line", change: (text: string) => text.replace("event 1", "event 2") },
  { title: "a line more", change: (text: string) => `${text}note\n` },
  { title: "words behind the last line", change: (text: string) => `${text}note` },
]) {
  test(`an event with ${title} is refused for that`, () => {
    const text = formatLegalEvent({
      deployment: "acme.example",
      event: { act: "lift", id: "a", lifts: "b", reason: "mistake", validity: { fromMs: 0, untilMs: null } },
    });
    assert.equal(parseLegalEvent(text).ok, true);
    const error = "an event is seven lines, the first of them `bailiwick legal event 1`";
    assert.deepEqual(parseLegalEvent(change(text)), { ok: false, error });
  });
}

for (const { title, target, places, isBlocked } of [
  {
    title: "a region takes what is partly in it",
    target: ["region", "US"],
    places: "DE US",
    isBlocked: true,
  },
  {
    title: "a region that is no place takes everything",
    target: ["region", "nowhere"],
    places: "DE",
    isBlocked: true,
  },
  {
    title: "a regime takes what other regimes apply to as well",
    target: ["regime", "one"],
    places: "DE",
    isBlocked: true,
  },
  { title: "another region takes nothing", target: ["region", "FR"], places: "DE US", isBlocked: false },
] as const) {
  test(`a suspension of ${title}`, () => {
    const regimes = ["one", "two"].map((id) => sampleRegime({ id, home: placeSet("DE US") }));
    const event = {
      act: "suspend",
      id: "stop",
      target: { kind: target[0], name: target[1] },
      reason: "injunction",
      validity: always,
    } as const;
    const decision = decideOnce({ ...onePlacePolicy(regimes, siting(places)), events: [event] });
    assert.equal(decision.kind, isBlocked ? "refusal" : "permit");
  });
}

function pathsOf(findings: ReturnType<typeof checkLaw>): readonly string[] {
  return findings.map(({ path }) => path);
}

function permitted(decision: Decision): PermittedEndpoint {
  assert.equal(decision.kind, "permit");
  const [endpoint] = decision.kind === "permit" ? decision.permit.terms.endpoints : [];
  assert.ok(endpoint);
  return endpoint;
}
