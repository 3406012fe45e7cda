// What no data can change: whatever packs and providers say, these hold by the engine. Those that are about the packs'
// own words are in test/law-invariants.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { exclusionOf, type Place, zones } from "../base/index.ts";
import {
  always,
  claim,
  decideOnce,
  eea,
  lawfulIds,
  onePlacePolicy,
  placeList,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
  sampleDestination,
  sampleDocument,
  sampleTool,
} from "../../test/support/law-samples.ts";
import type { Siting } from "./policy/endpoint.ts";
import type { DataClass, Facts } from "./policy/facts.ts";
import type { DeclaredMechanism, FreeDestination, MechanismRule, Regime } from "./policy/regime.ts";

const european = sampleRegime({ home: eea });
const isLawful = (regime: Regime, at: Siting, facts: Facts = sampleFacts(), nowMs = 0): boolean =>
  lawfulIds(decideOnce(onePlacePolicy([regime], at), facts, nowMs)).length > 0;

test("an endpoint that maps to no country is refused, and the refusal names it", () => {
  const decision = decideOnce(onePlacePolicy([european], siting("DE", { computes: [] })));
  assert.ok(decision.kind === "refusal");
  assert.deepEqual(decision.refusal.missing, [
    "places of computation of `cell`",
    "places of computation of `engine`",
  ]);
});

for (const rule of ["conditional", "hard_local"] as const) {
  test(`\`global\`, which is every place of a provider, never satisfies a ${rule} rule`, () => {
    const everywhere = siting("DE FR IE US SG JP BR IN");
    assert.ok(!isLawful({ ...european, rule }, everywhere));
  });
}

test("a host that only stores in the region never satisfies a rule on processing", () => {
  for (const rule of ["conditional", "hard_local"] as const) {
    const storageOnly = siting("US DE", { stores: placeList("DE") });
    assert.ok(!isLawful({ ...european, rule }, storageOnly));
  }
});

test("a host that computes in the region and stores abroad does not satisfy it either", () => {
  assert.ok(!isLawful(european, siting("DE", { stores: placeList("DE US") })));
});

for (const place of ["CH", "GB", "GL", "SJ", "JE", "GG", "IM", "TR", "NC", "PF", "XK"]) {
  test(`${place} never counts as EEA`, () => {
    assert.ok(!isLawful(european, siting(place)));
    assert.ok(!isLawful(european, siting(`DE ${place}`)));
  });
}

for (const place of ["RE", "GP", "MQ", "GF", "YT", "MF", "AX", "ES-CN", "PT-20", "NO", "IS", "LI", "CY"]) {
  test(`${place} counts as EEA`, () => {
    assert.ok(isLawful(european, siting(place)));
  });
}

test("a European label that holds Zurich is lawful only where Switzerland is a free destination", () => {
  const label = siting("DE SE IE CH");
  const adequacy = { ...dpfUs(null), places: placeSet("CH") };
  assert.ok(!isLawful(european, label));
  assert.ok(isLawful({ ...european, freeDestinations: [adequacy] }, label));
});

const scc: MechanismRule = sampleTool({
  kind: "scc",
  article: "Art. 46",
  documents: ["tia"],
});
const declared: DeclaredMechanism = {
  id: "to-us",
  kind: "scc",
  from: "acme",
  to: "pacific",
  documents: { tia: sampleDocument("TIA-1") },
  classes: null,
  validity: always,
};
const pacific = sampleOperator("pacific", "US");
const listed = {
  ...pacific,
  certifications: [{ scheme: "dpf", scope: new Set<string>(), validity: always }],
};
const american = siting("US", { operator: pacific });
const framework: Regime = { ...european, freeDestinations: [dpfUs("dpf")], mechanisms: [scc] };
const fromAcme = sampleFacts({ exporter: "acme" });

test("the Data Privacy Framework opens listed operators in the United States, and no others", () => {
  assert.ok(isLawful(framework, siting("US", { operator: listed })));
  assert.ok(!isLawful(framework, american));
});

test("without the framework an American endpoint fails, unless clauses with an assessment are declared", () => {
  const without: Regime = { ...framework, freeDestinations: [] };
  const underClauses = (mechanism: DeclaredMechanism): readonly string[] =>
    lawfulIds(
      decideOnce(onePlacePolicy([without], siting("US", { operator: listed }), [mechanism]), fromAcme),
    );
  assert.ok(!isLawful(without, siting("US", { operator: listed })));
  assert.deepEqual(underClauses(declared), ["engine"]);
  assert.deepEqual(underClauses({ ...declared, documents: {} }), []);
});

test("a listing without human-resources data does not open human-resources data", () => {
  const facts = sampleFacts({ classes: [claim<DataClass>("human-resources")] });
  const withHr = { ...listed, certifications: [{ ...listed.certifications[0]!, scope: new Set(["hr"]) }] };
  assert.ok(!isLawful(framework, siting("US", { operator: listed }), facts));
  assert.ok(isLawful(framework, siting("US", { operator: withHr }), facts));
});

test("a rule flips at the instant on which it begins, not before", () => {
  const flipsMs = Date.UTC(2027, 4, 13);
  const rule = sampleRegime({
    rule: "denylist",
    deniedDestinations: placeSet("RU"),
    effective: { fromMs: flipsMs, untilMs: null },
  });
  assert.ok(isLawful(rule, siting("RU"), sampleFacts(), flipsMs - 1));
  assert.ok(!isLawful(rule, siting("RU"), sampleFacts(), flipsMs));
});

test("a law of the mainland neither reaches into a free zone nor lets data into it", () => {
  const mainland = new Set([...placeSet("AE"), exclusionOf("AE+DIFC" as Place)]);
  const law = sampleRegime({
    rule: "hard_local",
    home: mainland,
    appliesWhen: { kind: "subject_place", in: mainland },
  });
  assert.ok(isLawful(law, siting("AE"), subjectIn("AE")));
  assert.ok(!isLawful(law, siting("AE+DIFC"), subjectIn("AE")));
  assert.ok(isLawful(law, siting("US"), subjectIn("AE+DIFC")));
});

test("Hong Kong and Macao are in a rule on China only where it names them", () => {
  const chinese = sampleRegime({ rule: "export_control", deniedDestinations: placeSet("CN") });
  const concern = { ...chinese, deniedDestinations: placeSet("CN HK MO") };
  assert.deepEqual(
    ["HK", "MO"].map((place) => [isLawful(chinese, siting(place)), isLawful(concern, siting(place))]),
    [
      [true, false],
      [true, false],
    ],
  );
});

test("pseudonymised data is personal, anonymous data is not", () => {
  const personal = sampleRegime({ appliesWhen: { kind: "data_class", in: new Set(["personal"]) } });
  assert.ok(!isLawful(personal, siting("US"), about("pseudonymised")));
  for (const dataClass of ["anonymous", "important-data", "government"] as const)
    assert.ok(isLawful(personal, siting("US"), about(dataClass)), dataClass);
});

test("the zones hold no exclusion that a message would show", () => {
  for (const places of zones.values()) for (const place of places) assert.match(place, /^[A-Z]{2}$/);
});

function subjectIn(place: string): Facts {
  return sampleFacts({ subjectPlaces: placeList(place).map(claim) });
}

function about(dataClass: DataClass): Facts {
  return sampleFacts({ classes: [claim(dataClass)] });
}

function dpfUs(scheme: string | null): FreeDestination {
  return sampleDestination(placeSet("US"), {
    instrument: "(EU) 2023/1795",
    requiresCertification:
      scheme === null ? null : { scheme, scopeFor: new Map([["human-resources", "hr"]]) },
  });
}
