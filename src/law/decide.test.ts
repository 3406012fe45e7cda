// What comes out of several cells, endpoints and regimes together.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, Place, RegimeId } from "../base/index.ts";
import {
  claim,
  claims,
  decideOnce,
  eea,
  lawfulIds,
  placeList,
  placeSet,
  requirement,
  sampleCell,
  sampleEndpoint,
  sampleFacts,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
  sampleTool,
} from "../../test/support/law-samples.ts";
import type { Decision } from "./decision.ts";
import type { DataClass } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import type { Permit } from "./permit.ts";

const rhein = sampleOperator("rhein-cloud", "DE");
const pacific = sampleOperator("pacific-cloud", "US");
const inDe = siting("DE", { operator: rhein });
const inUs = siting("US", { operator: pacific });
const pacificInDe = siting("DE", { operator: pacific });
const toUs = {
  regimes: [
    sampleRegime({
      mechanisms: [sampleTool({ kind: "scc", article: "Art. 46", documents: [] })],
    }),
  ],
  mechanisms: [
    {
      id: "to-us",
      kind: "scc",
      from: "acme",
      to: "pacific-cloud",
      documents: {},
      classes: null,
      validity: { fromMs: null, untilMs: null },
    },
  ],
};

/** The demo's shape: two cells, and an endpoint under US control in the European one. */
function twoCells(override: Partial<LawPolicy> = {}): LawPolicy {
  return samplePolicy({
    regimes: [sampleRegime({ appliesWhen: { kind: "subject_place", in: eea } })],
    cells: [sampleCell("eu", inDe), sampleCell("us", inUs)],
    endpoints: [
      sampleEndpoint("fra-1", "eu", inDe),
      sampleEndpoint("fra-3", "eu", pacificInDe),
      sampleEndpoint("iad-1", "us", inUs),
    ],
    ...override,
  });
}

test("residency lets a foreign operator at home serve; sovereignty does not; both name the cell that may receive", () => {
  const residency = decideOnce(twoCells(), sampleFacts({ requirements: [requirement("residency", "EEA")] }));
  const sovereignty = decideOnce(
    twoCells(),
    sampleFacts({ requirements: [requirement("sovereignty", "EEA")] }),
  );
  assert.deepEqual(lawfulIds(residency), ["fra-1", "fra-3"]);
  assert.deepEqual(lawfulIds(sovereignty), ["fra-1"]);
  for (const decision of [residency, sovereignty]) assert.deepEqual(cellsOf(decision), ["eu"]);
});

test("an endpoint in a lawful place is unlawful behind a cell that is not", () => {
  const policy = twoCells({ endpoints: [sampleEndpoint("backhaul", "us", inDe)] });
  const decision = decideOnce(policy);
  assert.ok(decision.kind === "refusal");
  assert.deepEqual(
    decision.refusal.blocks.map(({ target }) => target),
    ["us"],
  );
});

test("an endpoint whose cell is not in the policy is unlawful", () => {
  const decision = decideOnce(twoCells({ endpoints: [sampleEndpoint("lost", "nowhere", inDe)] }));
  assert.ok(decision.kind === "refusal");
  assert.deepEqual(decision.refusal.missing, ["cell of `lost`"]);
});

test("a lawful cell without a lawful endpoint is not offered", () => {
  const policy = twoCells({
    cells: [sampleCell("empty", inDe), sampleCell("eu", inDe)],
    endpoints: [sampleEndpoint("fra-1", "eu", inDe)],
  });
  assert.deepEqual(cellsOf(decideOnce(policy)), ["eu"]);
});

const orders = [
  { receiving: "a-us", cells: ["a-us", "ch", "eu"] },
  { receiving: "eu", cells: ["eu", "ch", "a-us"] },
  { receiving: "elsewhere", cells: ["ch", "eu", "a-us"] },
] as const;

for (const { receiving, cells } of orders) {
  test(`asked at ${receiving}: the receiving cell if it may serve, then cells that serve at home, then by name`, () => {
    const policy = twoCells({
      ...toUs,
      cells: [sampleCell("a-us", inUs), sampleCell("eu", inDe), sampleCell("ch", inDe)],
      endpoints: [
        sampleEndpoint("iad-1", "a-us", inUs),
        sampleEndpoint("fra-1", "eu", inDe),
        sampleEndpoint("zrh-1", "ch", inDe),
      ],
    });
    const facts = sampleFacts({ exporter: "acme", receivingCell: receiving as CellId });
    assert.deepEqual(cellsOf(decideOnce(policy, facts)), cells);
  });
}

test("an endpoint at home behind a cell abroad is a transfer, on the cell's ground as well", () => {
  const policy = twoCells({ ...toUs, endpoints: [sampleEndpoint("backhaul", "us", inDe)] });
  const [endpoint] = permitOf(decideOnce(policy, sampleFacts({ exporter: "acme" }))).terms.endpoints;
  assert.equal(endpoint?.isTransfer, true);
  assert.deepEqual(
    endpoint?.grounds.map(({ kind }) => kind),
    ["home", "mechanism"],
  );
});

test("who is at home under the law, and not in the zone that the tenant requires, is not sovereign", () => {
  const seine = siting("DE", { operator: sampleOperator("seine", "FR") });
  const policy = twoCells({
    cells: [sampleCell("eu", inDe)],
    endpoints: [sampleEndpoint("fra-2", "eu", seine)],
  });
  const facts = sampleFacts({ requirements: [requirement("residency", "DE")] });
  const [endpoint] = permitOf(decideOnce(policy, facts)).terms.endpoints;
  assert.deepEqual([endpoint?.isSovereign, endpoint?.isTransfer], [false, false]);
});

test("sovereign is whom every home and zone controls, endpoint and cell alike, and never a transfer", () => {
  const policy = twoCells({
    ...toUs,
    cells: [sampleCell("eu", inDe), sampleCell("eu-2", pacificInDe), sampleCell("us", inUs)],
    endpoints: [
      sampleEndpoint("fra-1", "eu", inDe),
      sampleEndpoint("fra-3", "eu", pacificInDe),
      sampleEndpoint("fra-4", "eu-2", inDe),
      sampleEndpoint("iad-1", "us", inUs),
    ],
  });
  const { endpoints } = permitOf(decideOnce(policy, sampleFacts({ exporter: "acme" }))).terms;
  assert.deepEqual(
    endpoints.map(({ id, isSovereign, isTransfer }) => ({ id, isSovereign, isTransfer })),
    [
      { id: "fra-1", isSovereign: true, isTransfer: false },
      { id: "fra-3", isSovereign: false, isTransfer: false },
      { id: "fra-4", isSovereign: false, isTransfer: false },
      { id: "iad-1", isSovereign: false, isTransfer: true },
    ],
  );
});

test("an operator at home that computes in a free destination is a transfer, so not sovereign", () => {
  const inCh = siting("CH", { operator: rhein });
  const adequacy = sampleDestination(placeSet("CH"), {
    instrument: "2000/518/EC",
  });
  const policy = twoCells({
    regimes: [sampleRegime({ freeDestinations: [adequacy] })],
    endpoints: [sampleEndpoint("zrh-1", "eu", inCh)],
  });
  const [endpoint] = permitOf(decideOnce(policy)).terms.endpoints;
  assert.deepEqual([endpoint?.isTransfer, endpoint?.isSovereign], [true, false]);
});

test("a regime without a home has no say in who is sovereign", () => {
  const policy = twoCells({
    regimes: [sampleRegime(), sampleRegime({ id: "terms", rule: "terms", home: new Set() })],
  });
  assert.equal(permitOf(decideOnce(policy)).terms.endpoints[0]?.isSovereign, true);
});

const unknownLaw: readonly {
  readonly title: string;
  readonly facts: Parameters<typeof sampleFacts>[0];
  readonly regime?: Parameters<typeof sampleRegime>[0];
  readonly missing: readonly string[];
}[] = [
  { title: "no subject place", facts: { subjectPlaces: [] }, missing: ["subject place"] },
  { title: "no controller place", facts: { controllerPlaces: [] }, missing: ["controller place"] },
  { title: "no data class", facts: { classes: [] }, missing: ["data class"] },
  {
    title: "a place that no pack covers",
    facts: { subjectPlaces: claims("DE BR") },
    missing: ["law of `BR` for `personal` data"],
  },
  {
    title: "a country of which a pack covers a part",
    regime: { covers: placeSet("CA-QC") },
    facts: { subjectPlaces: claims("CA"), controllerPlaces: placeList("CA-QC") },
    missing: ["law of `CA` for `personal` data"],
  },
  {
    title: "a controller whose country no pack covers, whoever the subjects are",
    regime: { covers: placeSet("US") },
    facts: { subjectPlaces: claims("US"), controllerPlaces: placeList("BE") },
    missing: ["law of `BE` for `personal` data"],
  },
  {
    title: "a part of the law that a pack says it does not state",
    regime: {
      holes: [
        {
          places: placeSet("DE"),
          sectors: new Set(["legal"]),
          classes: null,
          what: "secrecy",
          filledBy: "de-secrecy" as RegimeId,
        },
      ],
    },
    facts: { sector: "legal" },
    missing: ["law of `DE` on secrecy, which pack `de-secrecy` states"],
  },
  {
    title: "a class that the place's pack does not cover",
    regime: { coversClasses: new Set(["health"]) },
    facts: { classes: [claim<DataClass>("health"), claim<DataClass>("personal")] },
    missing: ["law of `DE` for `personal` data"],
  },
  {
    title: "a pack that has ended and that no other follows",
    regime: { effective: { fromMs: null, untilMs: 0 } },
    facts: {},
    missing: ["law of `DE` for `personal` data"],
  },
];

for (const { title, facts, regime, missing } of unknownLaw) {
  test(`${title}: jurisdiction_unknown, naming it`, () => {
    const decision = decideOnce(twoCells({ regimes: [sampleRegime(regime)] }), sampleFacts(facts));
    assert.ok(decision.kind === "refusal");
    assert.equal(decision.refusal.kind, "jurisdiction_unknown");
    assert.deepEqual(decision.refusal.missing, missing);
  });
}

test("a country that a pack covers is covered in its parts, and a wider class in its narrower ones", () => {
  const regime = sampleRegime({
    covers: placeSet("CA"),
    coversClasses: new Set(["personal"]),
    rule: "terms",
  });
  const facts = sampleFacts({
    subjectPlaces: claims("CA-QC"),
    controllerPlaces: placeList("CA-ON"),
    classes: [claim<DataClass>("health")],
  });
  assert.equal(decideOnce(twoCells({ regimes: [regime] }), facts).kind, "permit");
});

test("data about nobody has no subject, and needs the law of its controller alone", () => {
  const regime = sampleRegime({ covers: placeSet("NL"), rule: "terms" });
  const facts = sampleFacts({
    subjectPlaces: [],
    controllerPlaces: placeList("NL"),
    classes: [claim<DataClass>("non-personal")],
  });
  assert.equal(decideOnce(twoCells({ regimes: [regime] }), facts).kind, "permit");
});

test("a law that its author has accepted unread is no hole, until the day that he named", () => {
  const regime = sampleRegime({ covers: placeSet("AT"), rule: "terms" });
  const accepted = { place: "CL" as Place, by: "counsel", validity: { fromMs: null, untilMs: 10 } };
  const policy = { ...twoCells({ regimes: [regime] }), acceptances: [accepted] };
  const facts = sampleFacts({ subjectPlaces: claims("CL"), controllerPlaces: placeList("AT") });
  assert.equal(decideOnce(policy, facts, 9).kind, "permit");
  assert.equal(decideOnce(policy, facts, 10).kind, "refusal");
});

test("a pack that has not begun says that no such rule is in force yet", () => {
  const india = sampleRegime({
    id: "in-dpdp",
    rule: "hard_local",
    home: placeSet("IN"),
    effective: { fromMs: 100, untilMs: null },
  });
  const policy = twoCells({ regimes: [india] });
  assert.deepEqual(lawfulIds(decideOnce(policy, sampleFacts(), 99)), ["fra-1", "fra-3", "iad-1"]);
  assert.deepEqual(lawfulIds(decideOnce(policy, sampleFacts(), 100)), []);
});

test("a regime on processors binds the endpoints of those operators, and those behind their cells", () => {
  const cloudAct = sampleRegime({
    id: "us-cloud-act",
    rule: "operator",
    home: placeSet("US"),
    appliesWhen: { kind: "processor_place", in: placeSet("US") },
    obligations: ["record-operator-control"],
    evidenceMin: "E1",
  });
  const policy = twoCells({
    regimes: [sampleRegime({ rule: "terms" }), cloudAct],
    cells: [sampleCell("eu", inDe), sampleCell("us", inUs)],
    endpoints: [
      sampleEndpoint("fra-1", "eu", { ...inDe, evidence: "E0" }),
      sampleEndpoint("fra-3", "eu", { ...pacificInDe, evidence: "E0" }),
      sampleEndpoint("fra-4", "us", { ...inDe, evidence: "E0" }),
    ],
  });
  const decision = decideOnce(policy);
  assert.deepEqual(lawfulIds(decision), ["fra-1"]);
  assert.deepEqual(permitOf(decision).terms.regimes, ["eu-gdpr"]);
});

test("obligations are united and the strictest evidence is asked, over the regimes behind what is permitted", () => {
  const policy = twoCells({
    regimes: [
      sampleRegime({ id: "b", rule: "terms", obligations: ["notify", "log"], evidenceMin: "E1" }),
      sampleRegime({ id: "a", rule: "terms", obligations: ["log", "baa"], evidenceMin: "E0" }),
      sampleRegime({
        id: "c",
        rule: "terms",
        obligations: ["never"],
        evidenceMin: "E4",
        appliesWhen: { kind: "subject_place", in: placeSet("FR") },
      }),
    ],
  });
  const { terms } = permitOf(decideOnce(policy));
  assert.deepEqual(terms.regimes, ["a", "b"]);
  assert.deepEqual(terms.obligations, ["baa", "log", "notify"]);
  assert.equal(terms.evidenceMin, "E1");
});

test("a permit says what was blocked beside it, by target and rule", () => {
  const decision = decideOnce(twoCells(), sampleFacts({ requirements: [requirement("sovereignty", "EEA")] }));
  assert.ok(decision.kind === "permit");
  assert.deepEqual(
    decision.blocks.map(({ target, rule }) => [target, rule]),
    [
      ["us", "eu-gdpr"],
      ["us", "requires:sovereignty:EEA"],
      ["fra-3", "requires:sovereignty:EEA"],
      ["iad-1", "eu-gdpr"],
      ["iad-1", "requires:sovereignty:EEA"],
    ],
  );
});

test("where no rule applies, everything known is permitted on no ground", () => {
  const facts = sampleFacts({ subjectPlaces: claims("US"), controllerPlaces: placeList("US") });
  const { terms } = permitOf(decideOnce(twoCells(), facts));
  assert.deepEqual(
    terms.endpoints.map(({ id, grounds }) => [id, grounds]),
    [
      ["fra-1", []],
      ["fra-3", []],
      ["iad-1", []],
    ],
  );
  assert.equal(terms.evidenceMin, "E0");
});

function permitOf(decision: Decision): Permit {
  assert.ok(decision.kind === "permit");
  return decision.permit;
}

function cellsOf(decision: Decision): readonly string[] {
  assert.ok(decision.kind === "permit");
  return decision.cells;
}
