import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  anyDeployment,
  checked,
  sampleDeployment,
  modelOn,
  sampleTenant,
} from "../../../test/support/deployments.ts";
import {
  claims,
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
  sampleDestination,
} from "../../../test/support/law-samples.ts";
import type { EndpointId } from "../../base/index.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Regime } from "../policy/regime.ts";
import { checkPolicy } from "./check.ts";
import { type Evaluators, productEvaluators } from "./evaluators.ts";

const rhein = sampleOperator("rhein-cloud", "DE");
const pacific = sampleOperator("pacific-cloud", "US");

/** One endpoint at home, one at home under orders from abroad, one abroad. */
function world(regimes: readonly Regime[], override: Partial<LawPolicy> = {}): LawPolicy {
  return samplePolicy({
    regimes,
    cells: [
      sampleCell("eu", siting("DE", { operator: rhein })),
      sampleCell("us", siting("US", { operator: pacific })),
    ],
    endpoints: [
      sampleEndpoint("de-1", "eu", siting("DE", { operator: rhein })),
      sampleEndpoint("de-2", "eu", siting("DE", { operator: pacific })),
      sampleEndpoint("us-1", "us", siting("US", { operator: pacific })),
    ],
    ...override,
  });
}

test("the two evaluators agree on every request to generated deployments", () => {
  fc.assert(
    fc.property(anyDeployment, (deployment) => {
      assert.deepEqual(checked(deployment).counterexamples, []);
    }),
    { numRuns: 20 },
  );
});

const faults: readonly {
  readonly title: string;
  readonly fault: (evaluators: Evaluators) => Evaluators;
  readonly law: LawPolicy;
}[] = [
  {
    title: "that reads no rule on health data",
    law: world([
      sampleRegime({ id: "base", appliesWhen: { kind: "any", of: [] } }),
      sampleRegime({ id: "health", appliesWhen: { kind: "data_class", in: new Set(["health"]) } }),
    ]),
    fault: (evaluators) => ({
      ...evaluators,
      serving: (law) =>
        evaluators.serving({ ...law, regimes: law.regimes.map((regime) => neverIf("health", regime)) }),
    }),
  },
  {
    title: "that believes whatever is stored to be where it is computed",
    law: world([sampleRegime()], {
      endpoints: [
        sampleEndpoint("de-us", "eu", siting("DE", { stores: siting("US").stores, operator: rhein })),
      ],
    }),
    fault: (evaluators) => ({
      ...evaluators,
      serving: (law) =>
        evaluators.serving({
          ...law,
          endpoints: law.endpoints.map((endpoint) => ({ ...endpoint, stores: endpoint.computes })),
        }),
    }),
  },
  {
    title: "that remembers a decision for longer than it holds",
    law: world([
      sampleRegime({ id: "base", appliesWhen: { kind: "any", of: [] } }),
      sampleRegime({ id: "later", effective: { fromMs: 5, untilMs: null } }),
    ]),
    fault: (evaluators) => ({
      ...evaluators,
      serving: (law) => {
        const decider = evaluators.serving(law);
        const first = new Map<string, ReturnType<typeof decider.decide>>();
        return {
          decide(facts, nowMs) {
            const key = JSON.stringify(facts);
            const known = first.get(key) ?? decider.decide(facts, nowMs);
            first.set(key, known);
            return known;
          },
        };
      },
    }),
  },
];

for (const { title, fault, law } of faults) {
  test(`an evaluator ${title} is found, with facts of which none can be left out`, () => {
    const facts = sampleFacts({
      subjectPlaces: claims("DE FR"),
      subjectCitizenships: claims("DE US"),
      sector: "bank",
      exporter: "acme",
      requirements: [requirement("residency", "EEA")],
    });
    const deployment = sampleDeployment(law, { ...facts, requirements: [] });
    assert.equal(checked(deployment).disagreementCount, 0);
    const report = checked(deployment, { evaluators: fault(productEvaluators) });
    assert.ok(report.disagreementCount > 0);
    const [example] = report.counterexamples;
    assert.equal(example?.kind, "permits-forbidden");
    assert.deepEqual(
      [
        example.facts.subjectPlaces.length,
        example.facts.subjectCitizenships.length,
        example.facts.controllerPlaces.length,
        example.facts.classes.length,
        example.facts.sector,
        example.facts.exporter,
      ],
      [1, 0, 1, 1, null, null],
    );
  });
}

test("a fault in the plain evaluator is found as well: something lawful seems to be refused", () => {
  const lax: Evaluators = {
    ...productEvaluators,
    plain: (law, facts, nowMs) =>
      productEvaluators.plain({ ...law, regimes: law.regimes.map(anywhere) }, facts, nowMs),
  };
  const { counterexamples } = checked(sampleDeployment(world([sampleRegime()])), { evaluators: lax });
  const [example] = counterexamples;
  assert.deepEqual([example?.kind, example?.endpoints], ["refuses-lawful", ["us-1"]]);
});

test("every place of ISO 3166-1 is proved, and every part of a country that a rule names", () => {
  const aboutPeople: Regime["appliesWhen"] = {
    kind: "not",
    of: { kind: "data_class", in: new Set(["government"]) },
  };
  const law = world([
    sampleRegime({ covers: placeSet("DE CA AE+DIFC"), home: placeSet("CA-QC"), appliesWhen: aboutPeople }),
  ]);
  const { extent } = checked(sampleDeployment(law));
  assert.equal(extent.places, 249 + 1 + 2);
  // The contract alone and with each place, by itself and with each of 14 classes; in one sector, none. And for a controller
  // in each of the four groups of places that the law tells apart.
  assert.equal(extent.requests, (1 + extent.places) * 15 + 4);
  assert.ok(extent.kinds < 100);
});

test("a model without a lawful server is a dead end, told once if no claim can matter, else with the places", () => {
  const regimes = [sampleRegime({ covers: placeSet("DE FR US"), home: placeSet("DE") })];
  const deployment = {
    ...sampleDeployment(world(regimes)),
    models: [modelOn(["de-1"]), modelOn(["us-1"], "abroad")],
  };
  const { deadEnds } = checked(deployment);
  assert.deepEqual(
    deadEnds.map(({ model, kind, places }) => [model, kind, places?.length ?? null]),
    [
      ["abroad", "model-not-there", null],
      ["assistant", "law-unknown", 250 - 3],
      ["abroad", "law-unknown", 250 - 3],
    ],
  );
});

test("one lawful server of a model is a single point of failure; of two, each is one only if both may be down", () => {
  const deployment = {
    ...sampleDeployment(world([sampleRegime()])),
    models: [modelOn(["de-1", "us-1"], "one"), modelOn(["de-1", "de-2"], "two")],
  };
  const points = (maxDown: number): unknown =>
    checked(deployment, { maxDown })
      .singlePoints.filter(({ places }) => places === null)
      .map(({ model, endpoints }) => [model, ...endpoints]);
  assert.deepEqual(points(1), [["one", "de-1"]]);
  assert.deepEqual(points(2), [
    ["one", "de-1"],
    ["two", "de-1", "de-2"],
  ]);
});

test("a place whose every lawful endpoint is controlled from abroad is a sovereignty gap", () => {
  const law = world([sampleRegime()]);
  const [, underOrders] = law.endpoints;
  assert.ok(underOrders);
  const gaps = checked(sampleDeployment({ ...law, endpoints: [underOrders] })).sovereigntyGaps;
  assert.deepEqual(
    gaps.find(({ jurisdiction }) => jurisdiction === "DE"),
    {
      tenant: "demo",
      jurisdiction: "DE",
      controlledFrom: ["US"],
      places: null,
      fromMs: 0,
      untilMs: 10,
    },
  );
  const none = checked(sampleDeployment(law)).sovereigntyGaps;
  assert.equal(
    none.some(({ jurisdiction }) => jurisdiction === "DE"),
    false,
  );
});

test("rules that change no verdict are named with the reason", () => {
  const never: Regime["appliesWhen"] = { kind: "any", of: [] };
  const inDe: Regime["appliesWhen"] = { kind: "subject_place", in: placeSet("DE") };
  const law = world(
    [
      sampleRegime({ freeDestinations: [free("JP", "to-japan"), free("DE", "to-germany")] }),
      sampleRegime({ id: "narrow", appliesWhen: inDe, covers: new Set() }),
      sampleRegime({ id: "never", appliesWhen: never }),
      sampleRegime({ id: "idle", rule: "terms", covers: new Set() }),
    ],
    {
      mechanisms: [
        {
          id: "unused",
          kind: "scc",
          from: "nobody",
          to: "pacific-cloud",
          documents: {},
          classes: null,
          validity: { fromMs: null, untilMs: null },
        },
      ],
    },
  );
  const deployment = sampleDeployment(law, { subjectPlaces: claims("US") });
  assert.deepEqual(
    checked(deployment).idleRules.map(({ kind, id, why, shadowedBy }) => [kind, id, why, ...shadowedBy]),
    [
      ["regime", "narrow", "shadowed", "eu-gdpr"],
      ["regime", "never", "never-applies"],
      ["regime", "idle", "never-forbids"],
      ["free-destination", "to-japan", "nothing-there"],
      ["free-destination", "to-germany", "never-needed"],
      ["mechanism", "unused", "never-needed"],
    ],
  );
});

test("a law in use whose text was not re-read is named; one that never applies is not", () => {
  const law = world([
    sampleRegime({ confidence: "background" }),
    sampleRegime({ id: "never", confidence: "background", appliesWhen: { kind: "any", of: [] } }),
  ]);
  assert.deepEqual(checked(sampleDeployment(law)).unverifiedRules, [
    { regime: "eu-gdpr", confidence: "background" },
  ]);
});

test("progress is told for each tenant before its turn, and at the end", () => {
  const deployment = sampleDeployment(world([sampleRegime()]));
  const two = [
    sampleTenant("a", sampleFacts()),
    sampleTenant("b", sampleFacts({ controllerPlaces: placeList("FR") })),
  ];
  const steps = [...checkPolicy({ ...deployment, tenants: two }, { fromMs: 0, untilMs: 1 })];
  assert.deepEqual(
    steps.map(({ tenantsDone, tenants }) => [tenantsDone, tenants]),
    [
      [0, 2],
      [1, 2],
      [2, 2],
    ],
  );
});

test("what stops being lawful in the horizon is among the expiries", () => {
  const law = world([
    sampleRegime({ id: "base", appliesWhen: { kind: "any", of: [] } }),
    sampleRegime({ effective: { fromMs: 5, untilMs: null } }),
  ]);
  const [expiry] = checked(sampleDeployment(law)).expiries;
  assert.deepEqual([expiry?.atMs, expiry?.endpoints], [5, ["us-1"] as EndpointId[]]);
});

function anywhere(regime: Regime): Regime {
  return { ...regime, home: new Set([...regime.home, ...placeSet("US")]) };
}

function free(places: string, instrument: string): Regime["freeDestinations"][number] {
  return sampleDestination(placeSet(places), { instrument });
}

/** As if the rule's condition could not be true. */
function neverIf(id: string, regime: Regime): Regime {
  return regime.id === id ? { ...regime, appliesWhen: { kind: "any", of: [] } } : regime;
}
