import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, TenantId } from "../base/index.ts";
import {
  always,
  claim,
  claims,
  lawfulIds,
  onePlacePolicy,
  placeList,
  placeSet,
  requirement,
  sampleFacts,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
  sampleTool,
} from "../../test/support/law-samples.ts";
import { createDecider } from "./decider.ts";
import { explain } from "./explain.ts";
import { type DataClass, type Facts, nothingAttested } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import type { Condition } from "./policy/regime.ts";

/** Free destination CH from 10 until just before 20. */
const policy = onePlacePolicy(
  [
    sampleRegime({
      freeDestinations: [
        sampleDestination(placeSet("CH"), {
          validity: { fromMs: 10, untilMs: 20 },
          instrument: "2000/518/EC",
        }),
      ],
    }),
  ],
  siting("CH"),
);

const boundaries = [
  { title: "the last millisecond before it begins", nowMs: 9, isLawful: false, expiresAtMs: 10 },
  { title: "the first millisecond", nowMs: 10, isLawful: true, expiresAtMs: 20 },
  { title: "the last millisecond", nowMs: 19, isLawful: true, expiresAtMs: 20 },
  { title: "the first millisecond after", nowMs: 20, isLawful: false, expiresAtMs: null },
] as const;

for (const { title, nowMs, isLawful, expiresAtMs } of boundaries) {
  test(`a validity at ${title}: ${isLawful ? "lawful" : "refused"}, until ${expiresAtMs ?? "further notice"}`, () => {
    const decision = createDecider(policy).decide(sampleFacts(), nowMs);
    assert.deepEqual(lawfulIds(decision), isLawful ? ["engine"] : []);
    const source = decision.kind === "permit" ? decision.permit.terms : decision.refusal;
    assert.equal(source.expiresAtMs, expiresAtMs);
  });
}

test("the same facts get the same decision until it expires, and a new one from then on", () => {
  const decider = createDecider(policy);
  const first = decider.decide(sampleFacts(), 10);
  assert.equal(decider.decide(sampleFacts(), 19), first);
  assert.deepEqual(lawfulIds(decider.decide(sampleFacts(), 20)), []);
});

test("a clock that goes back before the decision was made gets a decision of its own", () => {
  const decider = createDecider(policy);
  assert.deepEqual(lawfulIds(decider.decide(sampleFacts(), 15)), ["engine"]);
  assert.deepEqual(lawfulIds(decider.decide(sampleFacts(), 9)), []);
  assert.deepEqual(lawfulIds(decider.decide(sampleFacts(), 10)), ["engine"]);
});

const anyOf = (...of: readonly Condition[]): Condition => ({ kind: "any", of });
/** Keeps data in DE when any of the facts below is there, and has a mechanism for one exporter. */
const attentive = onePlacePolicy(
  [
    sampleRegime({
      home: placeSet("DE"),
      mechanisms: [sampleTool({ kind: "scc", article: "Art. 46", documents: [] })],
      appliesWhen: anyOf(
        { kind: "subject_place", in: placeSet("DE") },
        { kind: "subject_citizenship", in: placeSet("DE") },
        { kind: "subject_residence", in: placeSet("DE") },
        { kind: "controller_place", in: placeSet("DE") },
        { kind: "sector", in: new Set(["bank"]) },
        { kind: "data_class", in: new Set(["health"]) },
        { kind: "requires_level", in: new Set(["sovereignty"]) },
        { kind: "controller_status", in: new Set(["bank"]) },
        { kind: "volume_at_least", counter: "people", count: 100, of: null, period: { kind: "12-months" } },
      ),
    }),
  ],
  siting("US"),
  [{ id: "m", kind: "scc", from: "acme", to: "cloud-US", documents: {}, classes: null, validity: always }],
);
const american: Partial<Facts> = {
  subjectPlaces: claims("US"),
  controllerPlaces: placeList("US"),
  attested: { ...nothingAttested, statuses: [], volumes: { people: 90 } },
};
const inUs = requirement("residency", "US");
const remembered: readonly {
  readonly title: string;
  readonly first: Partial<Facts>;
  readonly second: Partial<Facts>;
}[] = [
  { title: "subject place", first: {}, second: { subjectPlaces: claims("DE") } },
  { title: "citizenship", first: {}, second: { subjectCitizenships: claims("DE") } },
  { title: "controller place", first: {}, second: { controllerPlaces: placeList("DE") } },
  { title: "sector", first: {}, second: { sector: "bank" } },
  { title: "count of people in it", first: { persons: 9 }, second: { persons: 10 } },
  {
    title: "count of people before it",
    first: { counted: { people: 8 } },
    second: { counted: { people: 9 } },
  },
  {
    title: "attestation",
    first: {},
    second: { attested: { ...nothingAttested, statuses: ["bank"], volumes: { people: 90 } } },
  },
  {
    title: "residence",
    first: {},
    second: { subjectResidences: claims("DE") },
  },
  { title: "class", first: {}, second: { classes: [claim<DataClass>("health")] } },
  {
    title: "exporter",
    first: { subjectPlaces: claims("DE"), exporter: "acme" },
    second: { subjectPlaces: claims("DE"), exporter: "other" },
  },
  {
    title: "level of requirement",
    first: { requirements: [inUs] },
    second: { requirements: [{ ...inUs, level: "sovereignty" }] },
  },
  {
    title: "zone of the same name",
    first: { requirements: [inUs] },
    second: { requirements: [{ ...inUs, zone: placeSet("DE") }] },
  },
];

for (const { title, first, second } of remembered) {
  test(`a decision is not reused for another ${title}`, () => {
    const decider = createDecider(attentive);
    assert.deepEqual(lawfulIds(decider.decide(sampleFacts({ ...american, ...first }), 0)), ["engine"]);
    assert.deepEqual(lawfulIds(decider.decide(sampleFacts({ ...american, ...second }), 0)), []);
  });
}

test("every fact but the tenant's name and the receiving cell is tried above", () => {
  const tried = new Set(remembered.flatMap(({ second }) => Object.keys(second)));
  assert.deepEqual([...tried, "receivingCell", "tenant"].toSorted(), Object.keys(sampleFacts()).toSorted());
});

test("tenants with the same facts share a decision", () => {
  const decider = createDecider(policy);
  const first = decider.decide(sampleFacts(), 10);
  assert.equal(decider.decide(sampleFacts({ tenant: "another" as TenantId }), 10), first);
  assert.notEqual(decider.decide(sampleFacts({ receivingCell: "other" as CellId }), 10), first);
});

test("no more decisions are remembered than allowed, and forgetting changes none", () => {
  const decider = createDecider(policy, { maxDecisions: 2 });
  const first = decider.decide(sampleFacts(), 10);
  for (const sector of ["a", "b", "c"]) decider.decide(sampleFacts({ sector }), 10);
  const again = decider.decide(sampleFacts(), 10);
  assert.notEqual(again, first);
  assert.deepEqual(lawfulIds(again), lawfulIds(first));
});

test("a decision that was handed out cannot be changed for the next caller", () => {
  const decision = createDecider(policy).decide(sampleFacts(), 10);
  assert.ok(decision.kind === "permit");
  for (const part of [decision, decision.cells, decision.blocks]) assert.ok(Object.isFrozen(part));
});

const poisoned: readonly { readonly title: string; readonly policy: LawPolicy; readonly hash: string }[] = [
  { title: "the list of regimes throws", policy: trap("regimes"), hash: policy.hash },
  { title: "the endpoints throw", policy: trap("endpoints"), hash: policy.hash },
  { title: "even its hash throws", policy: trap("hash"), hash: "" },
  {
    title: "a regime's home throws",
    policy: { ...policy, regimes: [trapped(sampleRegime(), "home")] },
    hash: policy.hash,
  },
  {
    title: "a date is not a number",
    policy: { ...policy, regimes: [sampleRegime({ effective: { fromMs: Number.NaN, untilMs: null } })] },
    hash: policy.hash,
  },
  {
    title: "a rule is of no known kind",
    policy: { ...policy, regimes: [sampleRegime({ rule: "suggestion" as never })] },
    hash: policy.hash,
  },
  {
    title: "a condition is of no known kind",
    policy: { ...policy, regimes: [sampleRegime({ appliesWhen: { kind: "whim" } as never })] },
    hash: policy.hash,
  },
  {
    title: "a set is missing",
    policy: { ...policy, regimes: [sampleRegime({ home: undefined as never })] },
    hash: policy.hash,
  },
];

for (const { title, policy: bad, hash } of poisoned) {
  test(`a policy of which ${title} refuses as undecidable, and explain says why`, () => {
    const refusal = { kind: "undecidable", blocks: [], missing: [], policyHash: hash, expiresAtMs: null };
    assert.deepEqual(createDecider(bad).decide(sampleFacts(), 10), { kind: "refusal", refusal });
    assert.throws(() => explain(bad, sampleFacts(), 10));
  });
}

test("facts that throw and a clock that says nothing refuse as undecidable", () => {
  const decider = createDecider(policy);
  const decisions = [
    decider.decide(trapped(sampleFacts(), "classes"), 10),
    decider.decide(sampleFacts(), Number.NaN),
    decider.decide(sampleFacts(), Number.POSITIVE_INFINITY),
  ];
  for (const decision of decisions) {
    assert.ok(decision.kind === "refusal");
    assert.equal(decision.refusal.kind, "undecidable");
  }
});

test("a policy without regimes, cells or endpoints permits nothing", () => {
  const decision = createDecider(samplePolicy()).decide(sampleFacts(), 0);
  assert.equal(decision.kind, "refusal");
});

function trap(member: keyof LawPolicy): LawPolicy {
  return trapped(policy, member);
}

function trapped<Value extends object>(value: Value, member: keyof Value): Value {
  return Object.defineProperty({ ...value }, member, {
    enumerable: true,
    get: () => {
      throw new Error("poisoned");
    },
  });
}
