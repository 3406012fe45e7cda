// Faults that show only where a policy says something else of a machine or a document than it does today.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checked, sampleDeployment } from "../../../test/support/deployments.ts";
import {
  always,
  declaredTool,
  placeSet,
  sampleCell,
  sampleDocument,
  sampleEndpoint,
  sampleFacts,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  sampleTool,
  siting,
} from "../../../test/support/law-samples.ts";
import type { Endpoint } from "../policy/endpoint.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { DeclaredMechanism } from "../policy/regime.ts";
import { type Evaluators, productEvaluators } from "./evaluators.ts";

const cloud = sampleOperator("cloud", "DE");
const home = siting("DE", { operator: cloud });
const abroad = siting("US", { operator: cloud });

/** An assessment that ended well opens the United States; people abroad who reach in would be a transfer. */
const law = samplePolicy({
  regimes: [
    sampleRegime({
      home: placeSet("DE"),
      remoteAccess: new Set(["separate-company"]),
      mechanisms: [
        sampleTool({ kind: "scc", article: "Art. 46", documents: ["tia"], places: placeSet("US") }),
      ],
      contracts: [{ contract: "art-28", article: "Art. 28", when: null, metBy: new Set() }],
    }),
  ],
  mechanisms: [declaredTool({ documents: { tia: sampleDocument("TIA-1", { outcome: "positive" }) } })],
  cells: [sampleCell("eu", home)],
  endpoints: [sampleEndpoint("de-1", "eu", home), sampleEndpoint("us-1", "eu", abroad)],
});
const deployment = sampleDeployment(law, sampleFacts({ exporter: "acme" }));

/** The serving evaluator sees a policy that was changed before it came to it. */
function serving(change: (law: LawPolicy) => LawPolicy): Evaluators {
  return { ...productEvaluators, serving: (given) => productEvaluators.serving(change(given)) };
}

function withEndpoints(change: (endpoint: Endpoint) => Endpoint): Evaluators {
  return serving((given) => ({ ...given, endpoints: given.endpoints.map(change) }));
}

function withTools(change: (tool: DeclaredMechanism) => DeclaredMechanism): Evaluators {
  return serving((given) => ({ ...given, mechanisms: given.mechanisms.map(change) }));
}

const faults: Readonly<Record<string, { readonly evaluators: Evaluators; readonly says: RegExp }>> = {
  "takes an assessment that ended negative for a good one": {
    evaluators: withTools((tool) => ({
      ...tool,
      documents: Object.fromEntries(
        Object.entries(tool.documents).map(([name, each]) => [name, { ...each, outcome: "positive" }]),
      ),
    })),
    says: /`tia` negative/,
  },
  "does not look at when a document was in force": {
    evaluators: withTools((tool) => ({
      ...tool,
      documents: Object.fromEntries(
        Object.entries(tool.documents).map(([name, each]) => [name, { ...each, validity: always }]),
      ),
    })),
    says: /`tia` of a time that is over/,
  },
  "sees nobody who reaches in": {
    evaluators: withEndpoints((endpoint) => ({ ...endpoint, support: home.support })),
    says: /reaching in from|nobody known to reach in/,
  },
  "sees no sub-processor": {
    evaluators: withEndpoints((endpoint) => ({
      ...endpoint,
      operator: { ...endpoint.operator, recipients: [] },
    })),
    says: /sub-processor in/,
  },
  "takes a contract for granted": {
    evaluators: withEndpoints((endpoint) => ({
      ...endpoint,
      contracts: null,
      operator: { ...endpoint.operator, contracts: null },
    })),
    says: /with 0 contracts/,
  },
};

test("a sound evaluator is not found fault with, and each kind of machine is varied", () => {
  const { disagreementCount, extent } = checked(deployment);
  assert.equal(disagreementCount, 0);
  assert.ok(extent.variants > 60, String(extent.variants));
});

for (const [title, { evaluators, says }] of Object.entries(faults)) {
  test(`an evaluator that ${title} is found, and what the policy would have to say is told`, () => {
    const { counterexamples } = checked(deployment, { evaluators });
    const told = counterexamples.map(({ kind, variant }) => `${kind}: ${variant}`);
    assert.ok(
      told.some((each) => each.startsWith("permits-forbidden") && says.test(each)),
      told.join("\n"),
    );
  });
}
