import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eea,
  placeSet,
  requirement,
  sampleCell,
  sampleEndpoint,
  sampleFacts,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
} from "../../test/support/law-samples.ts";
import { explain } from "./explain.ts";

const inDe = siting("DE", { operator: sampleOperator("rhein-cloud", "DE") });
const pacificInDe = siting("DE", { operator: sampleOperator("pacific-cloud", "US") });

const policy = samplePolicy({
  regimes: [
    sampleRegime({ appliesWhen: { kind: "subject_place", in: eea } }),
    sampleRegime({
      id: "ae-health",
      rule: "hard_local",
      appliesWhen: { kind: "subject_place", in: placeSet("AE") },
    }),
    sampleRegime({ id: "in-dpdp", effective: { fromMs: 100, untilMs: null } }),
    sampleRegime({
      id: "us-cloud-act",
      rule: "operator",
      appliesWhen: { kind: "processor_place", in: placeSet("US") },
      operatorConstraints: [
        {
          allowControlFrom: null,
          requiresCertification: null,
          denyControlFrom: placeSet("US"),
          article: "18 USC 2713",
          exceptHome: new Set(),
        },
      ],
    }),
  ],
  cells: [sampleCell("eu", inDe)],
  endpoints: [sampleEndpoint("fra-1", "eu", inDe), sampleEndpoint("fra-3", "eu", pacificInDe)],
});

const derivation = explain(policy, sampleFacts({ requirements: [requirement("sovereignty", "EEA")] }), 0);

test("each regime says whether it applies, and by which claim", () => {
  assert.deepEqual(
    derivation.regimes.map(({ regime, applies, because }) => [regime, applies, ...because]),
    [
      ["ae-health", "no", "no subject place is listed"],
      ["eu-gdpr", "yes", "subject place `DE` (tenant-contract) is listed"],
      ["in-dpdp", "no", "the regime is not in force"],
      ["us-cloud-act", "by-operator"],
    ],
  );
});

test("a regime that depends on the operator is answered for each cell and endpoint", () => {
  const answers = [...derivation.cells, ...derivation.endpoints].map(({ id, byOperator }) => [
    id,
    byOperator[0]?.applies,
    byOperator[0]?.because[0],
  ]);
  assert.deepEqual(answers, [
    ["eu", "no", "no processor place is listed"],
    ["fra-1", "no", "no processor place is listed"],
    ["fra-3", "yes", "processor place `US` is listed"],
  ]);
});

test("each rule gives each endpoint a verdict with article and reason, whether it passes or not", () => {
  const [, fra3] = derivation.endpoints;
  assert.equal(fra3?.isLawful, false);
  assert.deepEqual(
    fra3?.verdicts.map(({ rule, article, passes, reason }) => ({ rule, article, passes, reason })),
    [
      { rule: "eu-gdpr", article: "EU-GDPR Art. 1", passes: true, reason: "every place is at home" },
      {
        rule: "us-cloud-act",
        article: "18 USC 2713",
        passes: false,
        reason: "operator `pacific-cloud` is controlled from `US`",
      },
      {
        rule: "requires:sovereignty:EEA",
        article: "tenant requirement",
        passes: false,
        reason: "operator `pacific-cloud` is controlled from `US`, not from `EEA`",
      },
    ],
  );
});

test("it says until when all of that holds, and survives JSON unchanged", () => {
  assert.equal(derivation.expiresAtMs, 100);
  assert.deepEqual(JSON.parse(JSON.stringify(derivation)), derivation);
});
