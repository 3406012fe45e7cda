import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDeployment } from "../../../test/support/deployments.ts";
import { worldInstantsMs } from "../../../test/support/law-arbitraries.ts";
import { includesPlace } from "../../base/index.ts";
import { createDecider } from "../decider.ts";
import type { Decision } from "../decision.ts";
import { boundariesOf, instantsOf } from "./boundaries.ts";
import { digester } from "./digest.ts";
import { productEvaluators } from "./evaluators.ts";
import { everySituation, vocabularyOf } from "./situations.ts";
import { rulingOf } from "./timeline.ts";

test("requests of one digest get the same decisions at all times, and only where the digest's regimes change", () => {
  fc.assert(
    fc.property(anyDeployment, (deployment) => {
      const digestOf = digester(deployment.law, productEvaluators.readings);
      const boundaries = boundariesOf(deployment.law);
      const decider = createDecider(deployment.law);
      for (const tenant of deployment.tenants) {
        const seen = new Map<string, string>();
        for (const { facts } of everySituation(tenant, vocabularyOf([deployment]), deployment.law)) {
          const { text, regimes } = digestOf(facts);
          const rulings = worldInstantsMs.map((instantMs) => summaryOf(decider.decide(facts, instantMs)));
          assert.equal(seen.get(text) ?? rulings.join(), rulings.join());
          seen.set(text, rulings.join());
          const instants = instantsOf(
            boundaries,
            { exporter: facts.exporter, regimes },
            { fromMs: 0, untilMs: 9 },
          );
          const changes = worldInstantsMs.filter((_, at) => at > 0 && rulings[at] !== rulings[at - 1]);
          assert.deepEqual(
            changes.filter((instantMs) => !instants.includes(instantMs)),
            [],
          );
        }
      }
    }),
    { numRuns: 6 },
  );
});

test("places that stand for one another are in the same sets", () => {
  fc.assert(
    fc.property(anyDeployment, (deployment) => {
      const { places } = vocabularyOf([deployment]);
      for (const [first, ...others] of places) {
        for (const { covers } of deployment.law.regimes) {
          assert.ok(others.every((place) => includesPlace(covers, place) === includesPlace(covers, first)));
        }
      }
    }),
    { numRuns: 50 },
  );
});

function summaryOf(decision: Decision): string {
  const { kind, lawful } = rulingOf(decision);
  return `${kind} ${lawful.join(" ")}`;
}
