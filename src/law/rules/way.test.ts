// What a refusal names as missing, word by word: whoever reads it writes that into the policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accessFrom,
  always,
  declaredTool,
  onePlacePolicy,
  placeList,
  placeSet,
  sampleDestination,
  sampleDocument,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  sampleTool,
  siting,
} from "../../../test/support/law-samples.ts";
import { explain } from "../explain.ts";
import type { Operator, Siting } from "../policy/endpoint.ts";
import { type DataClass, nothingAttested, type Role } from "../policy/facts.ts";
import type { Condition, DeclaredMechanism, Regime } from "../policy/regime.ts";
import { factNeed, isCurable } from "./need.ts";

const cloud = sampleOperator("cloud", "US");
const begun = declaredTool({ kind: "bcr" });

interface Given {
  readonly regime: Partial<Regime>;
  readonly site?: Partial<Siting>;
  readonly operator?: Partial<Operator>;
  readonly tools?: readonly DeclaredMechanism[];
  readonly exporter?: string | null;
  readonly role?: Role | null;
}

function verdictOn({ regime, site = {}, operator = {}, tools = [], exporter = "acme", role = null }: Given) {
  const sited = siting("US", { operator: { ...cloud, ...operator }, ...site });
  const policy = onePlacePolicy([sampleRegime({ home: placeSet("DE"), ...regime })], sited, tools);
  const facts = sampleFacts({ exporter, attested: { ...nothingAttested, role } });
  const [verdict] = explain(policy, facts, 0).endpoints[0]?.verdicts ?? [];
  return verdict ?? assert.fail();
}

function written(given: Given): readonly (readonly (readonly string[])[])[] {
  return verdictOn(given).choices.map((choice) => choice.map((way) => way.map(({ write }) => write)));
}

/** What is written where a decision is limited to listed recipients whose certificate reaches so far. */
function limited(word: string | null): ReturnType<typeof written> {
  const scopeFor = new Map<DataClass, string>(word === null ? [] : [["personal", word]]);
  const requiresCertification = { scheme: "dpf", scopeFor };
  const free = sampleDestination(placeSet("US"), { requiresStanding: "us-listed", requiresCertification });
  return written({ regime: { freeDestinations: [free] } });
}

/** What is written of clauses that rest on a condition. */
function resting(requires: Condition): ReturnType<typeof written> {
  return written({ regime: { mechanisms: [sampleTool({ kind: "scc", documents: [], requires })] } });
}

test("a tool that is not there is written with its kind, both parties and each of its documents", () => {
  const mechanisms = [sampleTool({ kind: "scc", documents: ["tia", "dpia"] })];
  assert.deepEqual(written({ regime: { mechanisms } }), [
    [
      [
        "law.mechanisms: { <name>: { kind: scc, from: acme, to: cloud, tia: <reference>, dpia: <reference> } }",
      ],
    ],
  ]);
  assert.match(JSON.stringify(written({ regime: { mechanisms }, exporter: null })), /from: <entity>/);
});

test("of several tools one that is begun comes first, with the document that it lacks", () => {
  const mechanisms = ["scc", "bcr"].map((kind) => sampleTool({ kind, documents: ["tia"] }));
  assert.deepEqual(written({ regime: { mechanisms }, tools: [begun] }), [
    [
      ["law.mechanisms.out.tia: <reference>"],
      ["law.mechanisms: { <name>: { kind: scc, from: acme, to: cloud, tia: <reference> } }"],
    ],
  ]);
});

test("a tool that is begun and lacks one of its documents wants that one alone, and comes first all the same", () => {
  const mechanisms = [
    sampleTool({ kind: "scc", documents: ["tia"] }),
    sampleTool({
      kind: "bcr",
      documents: ["tia", "approval"],
      requires: { kind: "employment" },
    }),
  ];
  const tools = [{ ...begun, documents: { tia: sampleDocument("TIA-1") } }];
  const [first] = written({ regime: { mechanisms }, tools })[0] ?? [];
  assert.deepEqual(first, ["law.mechanisms.out.approval: <reference>", "state employment context"]);
});

test("a tool that is made for another place is no way, and where there is no other nothing cures it", () => {
  const elsewhere = sampleTool({ kind: "bcr", documents: [], places: placeSet("IN") });
  const anywhere = sampleTool({ kind: "scc", documents: [] });
  const there = sampleTool({ kind: "dpf", documents: [], places: placeSet("US") });
  assert.deepEqual(written({ regime: { mechanisms: [elsewhere] } }), [[]]);
  const kinds = verdictOn({ regime: { mechanisms: [elsewhere, anywhere, there] } }).choices.flat(2);
  assert.deepEqual(
    kinds.map(({ name }) => name),
    ["scc", "dpf"],
  );
});

test("what asks for nothing cannot be cured, and neither can what one choice without a way is a part of", () => {
  const way = [factNeed("minors", "Art. 8")];
  assert.deepEqual(
    [[], [[]], [[way], []], [[way]], [[way], [way]]].map((choices) => isCurable(choices)),
    [false, false, false, true, true],
  );
});

test("two places that want the same are one choice, and two that want different things are two", () => {
  const mechanisms = [sampleTool({ documents: [] })];
  const site = { computes: placeList("US IN"), stores: placeList("US IN") };
  assert.equal(written({ regime: { mechanisms }, site }).length, 1);
  const apart = [sampleTool({ kind: "scc", documents: [], places: placeSet("US") })].concat(
    sampleTool({ kind: "bcr", documents: [], places: placeSet("IN") }),
  );
  assert.equal(written({ regime: { mechanisms: apart }, site }).length, 2);
});

test("a standing and a certificate that a decision is limited to are written at the operator, with the words of its scope", () => {
  const standing = "operators.cloud.standings: [us-listed]";
  assert.deepEqual(limited(null), [[["operators.cloud.certifications: { dpf: {} }", standing]]]);
  assert.deepEqual(limited("hr"), [[["operators.cloud.certifications: { dpf: { scope: [hr] } }", standing]]]);
});

test("who says what he is, and is none of those whom a decision is limited to, cannot be made one", () => {
  const rule = { scheme: "dpf", scopeFor: new Map<DataClass, string>() };
  const free = sampleDestination(placeSet("US"), {
    requiresStanding: "us-listed",
    requiresCertification: rule,
  });
  const needed = (standings: ReadonlySet<string> | null) =>
    written({ regime: { freeDestinations: [free] }, operator: { standings } });
  assert.deepEqual(needed(new Set(["us-public-body"])), [[]]);
  assert.deepEqual(needed(new Set(["us-listed"])), [[["operators.cloud.certifications: { dpf: {} }"]]]);
});

test("a tool that rests on what nobody said wants it said, and one that no statement could open is no way", () => {
  const tool = "law.mechanisms: { <name>: { kind: scc, from: acme, to: cloud } }";
  assert.deepEqual(resting({ kind: "employment" }), [[[tool, "state employment context"]]]);
  // A status never puts a rule out of force, so nothing that could be stated makes its absence certain.
  assert.deepEqual(resting({ kind: "controller_status", in: new Set(["listed"]) }), [[]]);
});

const article28 = { contract: "gdpr-art-28", article: "Art. 28", when: null, metBy: new Set<string>() };

test("a contract is written where contracts are listed: at the operator, or else at the machine", () => {
  const regime = { home: placeSet("US"), contracts: [article28] };
  assert.deepEqual(written({ regime, operator: { contracts: [] } }), [
    [["operators.cloud.contracts: { gdpr-art-28: {} }"]],
  ]);
  const [[[own = ""] = []] = []] = written({ regime, site: { contracts: [] } });
  assert.match(own, /^<cells or endpoints>\.[a-z0-9-]+\.contracts: \{ gdpr-art-28: \{\} \}$/);
});

const module3 = [sampleTool({ kind: "scc-m3", documents: [], exporterRole: "processor" })];
const declared = { ...begun, kind: "scc-m3" };

for (const [role, says] of [
  ["processor", null],
  [null, null],
  ["controller", "`scc-m3` is for an exporter that is a processor, and this one is a controller"],
] as const) {
  test(`clauses for a processor, of an exporter that is ${role ?? "either"}: ${says === null ? "they carry" : "they do not"}`, () => {
    const { passes, tried } = verdictOn({ regime: { mechanisms: module3 }, tools: [declared], role });
    assert.equal(passes, says === null);
    assert.deepEqual(tried, [`\`out\`: ${says ?? "in force"}`]);
  });
}

test("who has not said what he is is taken for one who fits the tool, and the verdict says so, unless tools of both kinds are there", () => {
  const module2 = sampleTool({ kind: "scc-m2", documents: [], exporterRole: "controller" });
  const ofNoRole = sampleTool({ kind: "bcr", documents: [] });
  const assumed = (tools: readonly string[], role: Role | null = null): readonly Role[] =>
    verdictOn({
      regime: { mechanisms: [module2, ...module3, ofNoRole] },
      tools: tools.map((kind) => ({ ...begun, id: kind, kind })),
      role,
    }).assumesRoles;
  assert.deepEqual(assumed(["scc-m3"]), ["processor"]);
  assert.deepEqual(assumed(["scc-m2"]), ["controller"]);
  assert.deepEqual(assumed(["scc-m3"], "processor"), []);
  assert.deepEqual(assumed(["scc-m2", "scc-m3"]), []);
  assert.deepEqual(assumed(["scc-m3", "bcr"]), []);
});

test("a tool that is made for no role in particular serves either", () => {
  const mechanisms = [sampleTool({ kind: "bcr", documents: [] })];
  for (const role of ["processor", "controller"] as const)
    assert.equal(verdictOn({ regime: { mechanisms }, tools: [begun], role }).passes, true);
});

test("a sub-processor abroad is one who reaches in where separate companies count, and its owner is not", () => {
  const recipient = { home: placeList("IN")[0] ?? assert.fail(), validity: always };
  const passes = (counted: "separate-company" | "own-staff", isOwner: boolean): boolean =>
    verdictOn({
      regime: { home: placeSet("US"), remoteAccess: new Set([counted]) },
      site: { support: accessFrom(placeList("US")) },
      operator: { recipients: [{ ...recipient, isOwner }] },
    }).passes;
  assert.deepEqual(
    [passes("separate-company", false), passes("separate-company", true), passes("own-staff", false)],
    [false, true, true],
  );
});

test("what passes by a tool beside another ground rests on the tool", () => {
  const freeDestinations = [sampleDestination(placeSet("IN"))];
  const mechanisms = [sampleTool({ kind: "bcr", documents: [] })];
  const site = { computes: placeList("US IN"), stores: placeList("US IN") };
  const sited = siting("US", { operator: cloud, ...site });
  const policy = onePlacePolicy(
    [sampleRegime({ home: placeSet("DE"), freeDestinations, mechanisms })],
    sited,
    [begun],
  );
  const [endpoint] = explain(policy, sampleFacts({ exporter: "acme" }), 0).endpoints;
  assert.equal(endpoint?.word, "lawful-only-with");
});
