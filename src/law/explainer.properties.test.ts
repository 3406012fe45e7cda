import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyFacts, anyInstantMs, anyLawPolicy } from "../../test/support/law-arbitraries.ts";
import {
  claims,
  plainData,
  onePlacePolicy,
  placeSet,
  requirement,
  sampleFacts,
  sampleRegime,
  siting,
} from "../../test/support/law-samples.ts";
import type { TenantId } from "../base/index.ts";
import { createDecider } from "./decider.ts";
import { explain } from "./explain.ts";
import { createExplainer } from "./explainer.ts";

test("an explainer that remembers explains as one that does not, and decides as a decider, whichever way the clock goes", () => {
  const questions = fc.array(fc.tuple(anyFacts, anyInstantMs), { maxLength: 6 });
  const property = fc.property(anyLawPolicy, questions, (policy, asked) => {
    const explainer = createExplainer(policy);
    const decider = createDecider(policy);
    for (const [facts, nowMs] of [...asked, ...asked.toReversed()]) {
      const { decision, derivation } = explainer(facts, nowMs);
      assert.deepEqual(derivation, explain(policy, facts, nowMs));
      assert.deepEqual(plainData(decision), plainData(decider.decide(facts, nowMs)));
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test("the same place known in another way is explained in its own words", () => {
  const rule = sampleRegime({ appliesWhen: { kind: "subject_place", in: placeSet("DE") } });
  const explainer = createExplainer(onePlacePolicy([rule], siting("DE")));
  const [first, second] = (["header", "geo-ip"] as const).map((basis) => {
    const facts = sampleFacts({ subjectPlaces: claims("DE").map((claim) => ({ ...claim, basis })) });
    return explainer(facts, 0).derivation.regimes[0]?.because.join();
  });
  assert.match(first ?? "", /header/);
  assert.match(second ?? "", /geo-ip/);
});

test("the same facts are explained once, also with a wish for a zone, and of another moment it is told", () => {
  const explainer = createExplainer(onePlacePolicy([sampleRegime()], siting("DE")));
  const facts = sampleFacts({ requirements: [requirement("residency", "EEA")] });
  const first = explainer(facts, 0);
  const again = explainer({ ...facts, tenant: "another" as TenantId }, 5);
  assert.equal(again.decision, first.decision);
  assert.deepEqual([first.derivation.nowMs, again.derivation.nowMs], [0, 5]);
});

test("two zones of one name may hold different places, and are explained apart", () => {
  const explainer = createExplainer(onePlacePolicy([sampleRegime()], siting("DE")));
  const wish = requirement("residency", "EEA");
  const [home, abroad] = [wish, { ...wish, zone: placeSet("US") }].map(
    (each) => explainer(sampleFacts({ requirements: [each] }), 0).decision.kind,
  );
  assert.deepEqual([home, abroad], ["permit", "refusal"]);
});
