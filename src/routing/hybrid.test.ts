import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type RoutePlan, routePlanFor, type HybridRule, type RoutingFacts } from "./hybrid.ts";

const facts: RoutingFacts = {
  tenant: "demo" as never,
  classes: [],
  subjects: [],
  nowMs: 0,
  service: {
    homeAvailable: 0,
    homeLatencyMs: null,
    homeErrorShare: null,
    latencyMs: new Map(),
    errorShare: new Map(),
  },
};
const strict: RoutePlan = { ranking: "legal-first", allowsTransfers: false };
const fast: RoutePlan = { ranking: "performance-first", allowsTransfers: true };
const yes = (): boolean => true;
const no = (): boolean => false;
const errs = (): boolean => {
  throw new Error("no such fact");
};

const cases: readonly {
  readonly title: string;
  readonly rules: readonly HybridRule[];
  readonly plan: RoutePlan;
}[] = [
  { title: "without rules: home first, and no transfers", rules: [], plan: strict },
  { title: "without a rule that holds: the same", rules: [{ ...fast, holds: no }], plan: strict },
  { title: "a rule that holds decides", rules: [{ ...fast, holds: yes }], plan: fast },
  {
    title: "the first rule that holds decides",
    rules: [
      { ...strict, holds: yes },
      { ...fast, holds: yes },
    ],
    plan: strict,
  },
  { title: "a rule that errs forbids", rules: [{ ...fast, holds: errs }], plan: strict },
  {
    title: "behind a rule that errs none is asked",
    rules: [
      { ...strict, holds: errs },
      { ...fast, holds: yes },
    ],
    plan: strict,
  },
  {
    title: "a rule that errs behind the one that decides is not asked",
    rules: [
      { ...fast, holds: yes },
      { ...strict, holds: errs },
    ],
    plan: fast,
  },
];
for (const { title, rules, plan } of cases) {
  test(title, () =>
    assert.deepEqual(
      routePlanFor({ mode: "hybrid", rules }, () => facts),
      plan,
    ),
  );
}

test("facts that cannot be gathered forbid", () => {
  const rules = [{ ...fast, holds: yes }];
  assert.deepEqual(routePlanFor({ mode: "hybrid", rules }, errs as () => never), strict);
});

test("the other modes ask no rule and leave transfers to the law", () => {
  for (const ranking of ["legal-first", "performance-first"] as const) {
    const plan = routePlanFor({ mode: ranking, rules: [] }, errs as () => never);
    assert.deepEqual(plan, { ranking, allowsTransfers: true });
  }
});

test("a rule that comes to err never lets more in", () => {
  const anyRule = fc.record({
    ranking: fc.constantFrom("legal-first" as const, "performance-first" as const),
    allowsTransfers: fc.boolean(),
    holds: fc.constantFrom(yes, no, errs),
  });
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 6 }), fc.nat(5), (rules, at) => {
      const broken = rules.map((rule, index) => (index === at ? { ...rule, holds: errs } : rule));
      const before = routePlanFor({ mode: "hybrid", rules }, () => facts);
      const after = routePlanFor({ mode: "hybrid", rules: broken }, () => facts);
      const isSkipped = rules[at]?.holds === no;
      assert.ok(!after.allowsTransfers || before.allowsTransfers || isSkipped);
      if (rules[at] && isSkipped && after.allowsTransfers) assert.deepEqual(after, before);
    }),
  );
});
