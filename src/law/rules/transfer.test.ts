import assert from "node:assert/strict";
import { test } from "node:test";
import {
  always,
  decideOnce,
  lawfulIds,
  onePlacePolicy,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
  sampleDestination,
  sampleDocument,
  sampleTool,
} from "../../../test/support/law-samples.ts";
import { explain } from "../explain.ts";
import type { DeclaredMechanism, MechanismRule, Regime } from "../policy/regime.ts";

const scc: MechanismRule = sampleTool({
  kind: "scc",
  article: "GDPR Art. 46(2)(c)",
  documents: ["tia"],
});
const declared: DeclaredMechanism = {
  id: "shop-to-us",
  kind: "scc",
  from: "acme-eu",
  to: "pacific-cloud",
  documents: { tia: sampleDocument("TIA-17") },
  classes: null,
  validity: always,
};
const inUs = siting("US", { operator: sampleOperator("pacific-cloud", "US") });
const fromAcme = sampleFacts({ exporter: "acme-eu" });

interface Case {
  readonly title: string;
  readonly rule?: Partial<MechanismRule>;
  readonly declared?: Partial<DeclaredMechanism>;
  readonly exporter?: string | null;
  readonly obstacle: string;
}

const obstacles: readonly Case[] = [
  {
    title: "the kill switch is off",
    rule: sampleTool({ enabled: false }),
    obstacle: "mechanisms of kind `scc` are switched off",
  },
  { title: "the document is missing", declared: { documents: {} }, obstacle: "document `tia` is missing" },
  {
    title: "the document has no reference",
    declared: { documents: { tia: sampleDocument("") } },
    obstacle: "document `tia` is missing",
  },
  {
    title: "the document's name is only inherited",
    rule: { documents: ["constructor"] },
    obstacle: "document `constructor` is missing",
  },
  { title: "another entity exports", exporter: "acme-us", obstacle: "it exports from `acme-eu`" },
  { title: "the tenant names no exporter", exporter: null, obstacle: "it exports from `acme-eu`" },
  {
    title: "another operator imports",
    declared: { to: "gulf-cloud" },
    obstacle: "it exports to `gulf-cloud`",
  },
  {
    title: "it has ended",
    declared: { validity: { fromMs: null, untilMs: 0 } },
    obstacle: "it is not in force",
  },
  {
    title: "it has not begun",
    declared: { validity: { fromMs: 1, untilMs: null } },
    obstacle: "it is not in force",
  },
];

for (const { title, rule, declared: changes, exporter = "acme-eu", obstacle } of obstacles) {
  test(`a mechanism does not carry a transfer when ${title}`, () => {
    const policy = onePlacePolicy([underScc(rule)], inUs, [{ ...declared, ...changes }]);
    const facts = sampleFacts({ exporter });
    assert.deepEqual(lawfulIds(decideOnce(policy, facts)), []);
    assert.deepEqual(explain(policy, facts, 0).endpoints[0]?.verdicts[0]?.tried, [
      `\`shop-to-us\`: ${obstacle}`,
    ]);
  });
}

test("a mechanism of a kind that the regime does not know carries nothing", () => {
  const policy = onePlacePolicy([underScc()], inUs, [{ ...declared, kind: "derogation" }]);
  assert.deepEqual(lawfulIds(decideOnce(policy, fromAcme)), []);
});

test("a working mechanism carries the transfer, and the ground names it with its documents", () => {
  const until = { ...declared, validity: { fromMs: null, untilMs: 99 } };
  const decision = decideOnce(onePlacePolicy([underScc()], inUs, [until]), fromAcme);
  assert.ok(decision.kind === "permit");
  const [endpoint] = decision.permit.terms.endpoints;
  assert.equal(endpoint?.isTransfer, true);
  assert.deepEqual(endpoint?.grounds, [
    {
      regime: "eu-gdpr",
      kind: "mechanism",
      article: "GDPR Art. 46(2)(c)",
      instrument: "shop-to-us",
      documents: { tia: "TIA-17" },
      untilMs: 99,
    },
  ]);
  assert.equal(decision.permit.terms.expiresAtMs, 99);
});

test("where one mechanism is switched off, another that works carries the transfer", () => {
  const regime = sampleRegime({
    mechanisms: [sampleTool({ ...scc, enabled: false }), { ...scc, kind: "bcr", documents: [] }],
  });
  const policy = onePlacePolicy([regime], inUs, [declared, { ...declared, id: "group-rules", kind: "bcr" }]);
  const decision = decideOnce(policy, fromAcme);
  assert.ok(decision.kind === "permit");
  assert.equal(decision.permit.terms.endpoints[0]?.grounds[0]?.instrument, "group-rules");
});

test("of two mechanisms that work the first by name is the ground, however they are ordered", () => {
  const other = { ...declared, id: "another" };
  for (const mechanisms of [
    [declared, other],
    [other, declared],
  ]) {
    const decision = decideOnce(onePlacePolicy([underScc()], inUs, mechanisms), fromAcme);
    assert.ok(decision.kind === "permit");
    assert.equal(decision.permit.terms.endpoints[0]?.grounds[0]?.instrument, "another");
  }
});

test("a transfer that is free in one place and under a mechanism in the other rests on both", () => {
  const regime = underScc(
    {},
    {
      freeDestinations: [
        sampleDestination(placeSet("CH"), {
          instrument: "2000/518/EC",
        }),
      ],
    },
  );
  const both = siting("US CH", { operator: sampleOperator("pacific-cloud", "US") });
  const decision = decideOnce(onePlacePolicy([regime], both, [declared]), fromAcme);
  assert.ok(decision.kind === "permit");
  assert.deepEqual(
    decision.permit.terms.endpoints[0]?.grounds.map(({ instrument }) => instrument),
    ["2000/518/EC", "shop-to-us"],
  );
});

test("what must stay at home leaves it under an exception that was granted, and not without", () => {
  const regime = underScc({}, { rule: "hard_local" });
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([regime], inUs, [declared]), fromAcme)), ["engine"]);
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([regime], inUs), fromAcme)), []);
});

function underScc(rule: Partial<MechanismRule> = {}, override: Partial<Omit<Regime, "id">> = {}): Regime {
  return sampleRegime({ mechanisms: [{ ...scc, ...rule }], ...override });
}
