import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyFacts, anyInstantMs, anyLawPolicy } from "../../../test/support/law-arbitraries.ts";
import { createDecider } from "../decider.ts";
import { askedCounters, bandOf } from "./counter.ts";
import type { Facts } from "./facts.ts";
import type { LawPolicy } from "./law-policy.ts";

test("a band never decides otherwise than the count that it stands for", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyInstantMs, (policy, facts, nowMs) => {
      const exact = createDecider(policy).decide(facts, nowMs);
      const banded = createDecider(policy).decide({ ...facts, counted: bandsOf(policy, facts) }, nowMs);
      assert.deepEqual(outcomeOf(banded), outcomeOf(exact));
    }),
    { numRuns: 1_000 },
  );
});

function bandsOf({ regimes }: LawPolicy, { counted, attested, persons }: Facts): Facts["counted"] {
  const asked = new Map(askedCounters(regimes).map((each) => [each.counter, each]));
  const bands = Object.entries(counted).map(([counter, count]) => {
    const thresholds = asked.get(counter)?.thresholds ?? [];
    return [
      counter,
      bandOf(count, { attested: attested.volumes[counter] ?? 0, persons, thresholds }),
    ] as const;
  });
  return Object.fromEntries(bands);
}

function ruleAt({ target, rule }: { readonly target: string; readonly rule: string }): string {
  return `${target} ${rule}`;
}

/** What is told of a band is its own number. */
function outcomeOf(decision: ReturnType<ReturnType<typeof createDecider>["decide"]>): unknown {
  if (decision.kind === "refusal") {
    const { kind, missing, blocks } = decision.refusal;
    return { kind, missing, blocks: blocks.map(ruleAt) };
  }
  const { permit, cells, blocks } = decision;
  return { terms: permit.terms, cells, blocks: blocks.map(ruleAt) };
}
