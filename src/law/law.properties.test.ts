// What must hold for every law, not only for those we thought of.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyFacts, anyInstantMs, anyLawPolicy, worldInstantsMs } from "../../test/support/law-arbitraries.ts";
import { plainData } from "../../test/support/law-samples.ts";
import { plainDecision } from "./analysis/plain-decision.ts";
import { createDecider } from "./decider.ts";
import type { Decision } from "./decision.ts";
import { explain } from "./explain.ts";
import type { Facts } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";

const runs = { numRuns: 1500 };

interface Given {
  readonly policy: LawPolicy;
  readonly facts: Facts;
  readonly nowMs: number;
}

const anyGiven: fc.Arbitrary<Given> = fc.record({
  policy: anyLawPolicy,
  facts: anyFacts,
  nowMs: anyInstantMs,
});

test("a second, plain reading of the law permits the same endpoints and cells", () => {
  fc.assert(
    fc.property(anyGiven, ({ policy, facts, nowMs }) => {
      const decision = decide({ policy, facts, nowMs });
      const plain = plainDecision(policy, facts, nowMs);
      assert.equal(
        decision.kind === "refusal" ? decision.refusal.kind : "permit",
        plain.kind === "unknown"
          ? "jurisdiction_unknown"
          : plain.endpoints.size > 0
            ? "permit"
            : "no_lawful_endpoint",
      );
      if (plain.kind === "unknown" || decision.kind === "refusal") return;
      assert.deepEqual(lawful(decision), plain.endpoints);
      assert.deepEqual(new Set(decision.cells), plain.cells);
    }),
    { numRuns: 5000 },
  );
});

test("no permit lists an endpoint outside its cells, or a cell without an endpoint", () => {
  fc.assert(
    fc.property(anyGiven, (given) => {
      const decision = decide(given);
      if (decision.kind === "refusal") return;
      assert.deepEqual(
        new Set(decision.permit.terms.endpoints.map(({ cell }) => cell)),
        new Set(decision.cells),
      );
    }),
    runs,
  );
});

test("the order in which things are written does not show in the decision", () => {
  const shuffledGiven = anyGiven.chain((given) => fc.tuple(fc.constant(given), shuffled(given)));
  fc.assert(
    fc.property(shuffledGiven, ([given, other]) => {
      assert.deepEqual(plainData(decide(other)), plainData(decide(given)));
    }),
    runs,
  );
});

test("decide permits exactly what explain derives", () => {
  fc.assert(
    fc.property(anyGiven, ({ policy, facts, nowMs }) => {
      const derivation = explain(policy, facts, nowMs);
      const derived = derivation.endpoints.filter(({ isLawful }) => isLawful).map(({ id }) => id);
      const decision = decide({ policy, facts, nowMs });
      assert.deepEqual([...lawful(decision)], derivation.missing.length > 0 ? [] : derived);
      assert.equal(expiryOf(decision), derivation.expiresAtMs);
    }),
    runs,
  );
});

test("a decision holds unchanged until just before it expires", () => {
  fc.assert(
    fc.property(anyGiven, ({ policy, facts, nowMs }) => {
      const first = decide({ policy, facts, nowMs });
      const untilMs = expiryOf(first) ?? Number.POSITIVE_INFINITY;
      for (const laterMs of worldInstantsMs.filter((instantMs) => instantMs > nowMs && instantMs < untilMs)) {
        assert.deepEqual(plainData(decide({ policy, facts, nowMs: laterMs })), plainData(first));
      }
    }),
    runs,
  );
});

test("a decider that remembers decides as one that does not, whichever way the clock goes", () => {
  fc.assert(
    fc.property(
      anyLawPolicy,
      fc.array(fc.tuple(anyFacts, anyInstantMs), { maxLength: 8 }),
      (policy, questions) => {
        const decider = createDecider(policy, { maxDecisions: 3 });
        for (const [facts, nowMs] of [...questions, ...questions.toReversed()]) {
          assert.deepEqual(
            plainData(decider.decide(facts, nowMs)),
            plainData(decide({ policy, facts, nowMs })),
          );
        }
      },
    ),
    { numRuns: 1000 },
  );
});

function decide({ policy, facts, nowMs }: Given): Decision {
  return createDecider(policy).decide(facts, nowMs);
}

function lawful(decision: Decision): ReadonlySet<string> {
  return new Set(decision.kind === "permit" ? decision.permit.terms.endpoints.map(({ id }) => id) : []);
}

function expiryOf(decision: Decision): number | null {
  return decision.kind === "permit" ? decision.permit.terms.expiresAtMs : decision.refusal.expiresAtMs;
}

function shuffled({ policy, facts, nowMs }: Given): fc.Arbitrary<Given> {
  return fc.record({
    nowMs: fc.constant(nowMs),
    policy: fc.record({
      regimes: shuffle(policy.regimes),
      mechanisms: shuffle(policy.mechanisms),
      acceptances: shuffle(policy.acceptances),
      cells: shuffle(policy.cells),
      endpoints: shuffle(policy.endpoints),
      hash: fc.constant(policy.hash),
    }),
    facts: fc
      .record({
        subjectPlaces: shuffle(facts.subjectPlaces),
        controllerPlaces: shuffle(facts.controllerPlaces),
        classes: shuffle(facts.classes),
        requirements: shuffle(facts.requirements),
      })
      .map((reordered) => ({ ...facts, ...reordered })),
  });
}

function shuffle<Value>(values: readonly Value[]): fc.Arbitrary<Value[]> {
  return fc.shuffledSubarray([...values], { minLength: values.length });
}
