// The law's own properties hold the two evaluators together without events (law.properties.test.ts); here with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyFacts, anyInstantMs, anyLawPolicy, worldPlaces } from "../../../test/support/law-arbitraries.ts";
import { createDecider } from "../decider.ts";
import { type LegalEvent, type LegalTarget } from "../policy/legal-event.ts";
import { disagreementOf } from "./disagreement.ts";
import { plainDecision } from "./plain-decision.ts";
import { rulingOf } from "./timeline.ts";

const targets: readonly LegalTarget[] = [
  ...worldPlaces.map((name) => ({ kind: "region", name }) as const),
  ...["op-1", "op-2"].map((name) => ({ kind: "operator", name }) as const),
  ...["op-1", "op-2"].map((name) => ({ kind: "group", name }) as const),
  ...["scc", "bcr", "m-1", "adequacy-1"].map((name) => ({ kind: "mechanism", name }) as const),
  ...["r-1", "r-2"].map((name) => ({ kind: "regime", name }) as const),
  ...["e-1", "cell-1"].map((name) => ({ kind: "endpoint", name }) as const),
];
const anyPeriod = fc.record({ fromMs: fc.nat(8), untilMs: fc.option(fc.integer({ min: 1, max: 9 })) });
const anyId = fc.constantFrom("a", "b", "c");
const anyEvent: fc.Arbitrary<LegalEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...targets).chain(suspensionOf) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("lift" as const),
      id: fc.constant("lift"),
      lifts: anyId,
      reason: fc.constant("mistake" as const),
      validity: anyPeriod,
    }),
  },
);

test("a second, plain reading of legal events permits the same endpoints", () => {
  fc.assert(
    fc.property(
      anyLawPolicy,
      anyFacts,
      fc.array(anyEvent, { minLength: 1, maxLength: 4 }),
      anyInstantMs,
      (law, facts, events, nowMs) => {
        const under = { ...law, events };
        const serving = rulingOf(createDecider(under).decide(facts, nowMs));
        assert.equal(disagreementOf(serving, plainDecision(under, facts, nowMs)), null);
      },
    ),
    { numRuns: 3000 },
  );
});

function suspensionOf(target: LegalTarget): fc.Arbitrary<LegalEvent> {
  return fc.record({
    act: fc.constant("suspend" as const),
    id: anyId,
    target: fc.constant(target),
    reason: fc.constant("drill" as const),
    validity: anyPeriod,
  });
}
