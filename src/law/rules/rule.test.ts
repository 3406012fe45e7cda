// Every kind of rule over one cell and one endpoint that are alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  always,
  decideOnce,
  eea,
  lawfulIds,
  onePlacePolicy,
  placeList,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  siting,
  sampleDestination,
} from "../../../test/support/law-samples.ts";
import type { Siting } from "../policy/endpoint.ts";
import type { FreeDestination, Regime } from "../policy/regime.ts";

interface Case {
  readonly title: string;
  readonly regime: Parameters<typeof sampleRegime>[0];
  readonly at: Siting;
  /** Null where the rule blocks. */
  readonly ground: "home" | "free" | "not-restricted" | null;
}

const local = { id: "ae-health", rule: "hard_local", home: placeSet("AE") } as const;
const adequacy: FreeDestination = sampleDestination(placeSet("CH GB"), {
  instrument: "2000/518/EC",
});
const denylist = {
  id: "in-dpdp",
  rule: "denylist",
  home: placeSet("IN"),
  deniedDestinations: placeSet("RU"),
} as const;
const exportControl = {
  ...denylist,
  id: "us-doj-202",
  rule: "export_control",
  home: placeSet("US"),
} as const;
const immunity = {
  rule: "operator",
  operatorConstraints: [
    {
      allowControlFrom: null,
      requiresCertification: null,
      denyControlFrom: placeSet("US"),
      article: "§ 19.6",
      exceptHome: new Set<never>(),
    },
  ],
} as const;
const usParent = { home: placeList("US")[0]!, validity: always };

const cases: readonly Case[] = [
  { title: "hard_local passes at home", regime: local, at: siting("AE"), ground: "home" },
  {
    title: "hard_local passes in a free zone of its home",
    regime: local,
    at: siting("AE+DIFC"),
    ground: "home",
  },
  { title: "hard_local blocks abroad", regime: local, at: siting("DE"), ground: null },
  {
    title: "hard_local blocks where one of the places of computation is abroad",
    regime: local,
    at: siting("AE DE"),
    ground: null,
  },
  {
    title: "hard_local blocks where only storage is abroad",
    regime: local,
    at: siting("AE", { stores: placeList("AE DE") }),
    ground: null,
  },
  {
    title: "hard_local in a subdivision blocks a place known only by its country",
    regime: { ...local, home: placeSet("CA-QC") },
    at: siting("CA"),
    ground: null,
  },
  { title: "conditional passes at home", regime: {}, at: siting("DE FR"), ground: "home" },
  {
    title: "conditional passes in Réunion, which is the Union",
    regime: {},
    at: siting("RE"),
    ground: "home",
  },
  {
    title: "conditional blocks in Zurich, which is not in the EEA",
    regime: {},
    at: siting("CH"),
    ground: null,
  },
  {
    title: "conditional blocks in Svalbard, which the EEA leaves out",
    regime: {},
    at: siting("SJ"),
    ground: null,
  },
  {
    title: "conditional passes to a free destination",
    regime: { freeDestinations: [adequacy] },
    at: siting("DE CH"),
    ground: "free",
  },
  {
    title: "conditional blocks a regional label that includes one place too many",
    regime: {},
    at: siting("DE IE CH"),
    ground: null,
  },
  {
    title: "conditional blocks `global` because of its one forbidden place",
    regime: { freeDestinations: [adequacy] },
    at: siting("DE FR IE CH GB US"),
    ground: null,
  },
  {
    title: "conditional blocks storage abroad although it computes at home",
    regime: {},
    at: siting("DE", { stores: placeList("US") }),
    ground: null,
  },
  {
    title: "conditional blocks a destination that is free for another class only",
    regime: { freeDestinations: [{ ...adequacy, classes: new Set(["health"] as const) }] },
    at: siting("CH"),
    ground: null,
  },
  {
    title: "conditional passes to a destination that is free for this class",
    regime: { freeDestinations: [{ ...adequacy, classes: new Set(["personal"] as const) }] },
    at: siting("CH"),
    ground: "free",
  },
  { title: "denylist passes at home", regime: denylist, at: siting("IN"), ground: "home" },
  { title: "denylist passes everywhere else", regime: denylist, at: siting("DE"), ground: "free" },
  { title: "denylist blocks a denied place", regime: denylist, at: siting("DE RU"), ground: null },
  {
    title: "denylist blocks a country of which a denied part is a part",
    regime: { ...denylist, deniedDestinations: placeSet("CA-QC") },
    at: siting("CA"),
    ground: null,
  },
  {
    title: "export_control passes what is not denied",
    regime: exportControl,
    at: siting("DE"),
    ground: "free",
  },
  {
    title: "export_control blocks an operator from a denied place, wherever it computes",
    regime: exportControl,
    at: siting("DE", { operator: sampleOperator("volga-cloud", "RU") }),
    ground: null,
  },
  {
    title: "export_control blocks an operator that a denied place controls",
    regime: exportControl,
    at: siting("DE", {
      operator: sampleOperator("rhein-cloud", "DE", [{ home: placeList("RU")[0]!, validity: always }]),
    }),
    ground: null,
  },
  {
    title: "operator passes anywhere with an operator that it does not deny",
    regime: immunity,
    at: siting("RU"),
    ground: "not-restricted",
  },
  {
    title: "operator blocks an operator from a denied place",
    regime: immunity,
    at: siting("US"),
    ground: null,
  },
  {
    title: "operator blocks an operator with a parent from a denied place",
    regime: immunity,
    at: siting("DE", { operator: sampleOperator("rhein-cloud", "DE", [usParent]) }),
    ground: null,
  },
  {
    title: "operator passes once the parent's control has ended",
    regime: immunity,
    at: siting("DE", {
      operator: sampleOperator("rhein-cloud", "DE", [
        { ...usParent, validity: { fromMs: null, untilMs: 0 } },
      ]),
    }),
    ground: "not-restricted",
  },
  {
    title: "a constraint on operators binds under every kind of rule",
    regime: { rule: "terms", operatorConstraints: immunity.operatorConstraints },
    at: siting("US"),
    ground: null,
  },
  { title: "terms passes anywhere", regime: { rule: "terms" }, at: siting("RU"), ground: "not-restricted" },
  {
    title: "unknown places of computation block under any rule",
    regime: { rule: "terms" },
    at: siting("", { stores: placeList("DE") }),
    ground: null,
  },
  {
    title: "unknown places of storage block under any rule",
    regime: { rule: "terms" },
    at: siting("DE", { stores: [] }),
    ground: null,
  },
  {
    title: "evidence that can never suffice blocks",
    regime: { rule: "terms", evidenceMin: "E3" },
    at: siting("DE"),
    ground: null,
  },
];

for (const { title, regime, at, ground } of cases) {
  test(title, () => {
    const decision = decideOnce(onePlacePolicy([sampleRegime(regime)], at));
    assert.deepEqual(lawfulIds(decision), ground === null ? [] : ["engine"]);
    if (decision.kind !== "permit") return;
    const [endpoint] = decision.permit.terms.endpoints;
    assert.deepEqual(
      endpoint?.grounds.map(({ kind }) => kind),
      [ground],
    );
    assert.equal(endpoint?.isTransfer, ground === "free");
  });
}

test("a free destination is named in the ground, with the end of its validity", () => {
  const freeDestinations = [{ ...adequacy, validity: { fromMs: 0, untilMs: 10 } }];
  const decision = decideOnce(onePlacePolicy([sampleRegime({ freeDestinations })], siting("CH")));
  assert.ok(decision.kind === "permit");
  assert.deepEqual(decision.permit.terms.endpoints[0]?.grounds, [
    {
      regime: "eu-gdpr",
      kind: "free",
      article: "EU-GDPR Art. 1",
      instrument: "2000/518/EC",
      documents: {},
      untilMs: 10,
    },
  ]);
});

test("every class of the request must be in a free destination's scope", () => {
  const freeDestinations = [{ ...adequacy, classes: new Set(["personal"] as const) }];
  const policy = onePlacePolicy([sampleRegime({ freeDestinations })], siting("CH"));
  const facts = sampleFacts({
    classes: [
      { value: "personal", basis: "tenant-contract" },
      { value: "health", basis: "header" },
    ],
  });
  assert.deepEqual(lawfulIds(decideOnce(policy)), ["engine"]);
  assert.deepEqual(lawfulIds(decideOnce(policy, facts)), []);
});

const russian: Regime = sampleRegime({
  id: "ru-152",
  rule: "hard_local",
  home: placeSet("RU"),
  appliesWhen: { kind: "subject_citizenship", in: placeSet("RU") },
});
const emirati: Regime = sampleRegime({
  ...local,
  appliesWhen: { kind: "subject_place", in: placeSet("AE") },
});

test("two hard-local rules without a common place refuse everywhere, and the refusal names both", () => {
  for (const place of ["AE", "RU", "DE"]) {
    const decision = decideOnce(
      onePlacePolicy([russian, emirati], siting(place)),
      sampleFacts({
        subjectPlaces: [{ value: placeList("AE")[0]!, basis: "tenant-contract" }],
        subjectCitizenships: [{ value: placeList("RU")[0]!, basis: "jwt-claim" }],
      }),
    );
    assert.ok(decision.kind === "refusal");
    assert.equal(decision.refusal.kind, "no_lawful_endpoint");
    assert.deepEqual([...new Set(decision.refusal.blocks.map(({ rule }) => rule))], ["ae-health", "ru-152"]);
    assert.match(decision.refusal.blocks[0]?.reason ?? "", /no place satisfies both/);
  }
});

test("two hard-local rules that share a place meet there", () => {
  const wide = sampleRegime({ id: "eu-local", rule: "hard_local", home: eea });
  const narrow = sampleRegime({ id: "de-local", rule: "hard_local", home: placeSet("DE") });
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([wide, narrow], siting("DE")))), ["engine"]);
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([wide, narrow], siting("FR")))), []);
});

const overlapping = [
  { title: "overlap", left: "DE FR US", right: "DE CH", at: "FR" },
  { title: "overlap, the other way round", left: "CH DE", right: "US FR DE", at: "FR" },
  { title: "nest", left: "AE", right: "AE+DIFC", at: "AE" },
  { title: "nest, the other way round", left: "AE+DIFC", right: "AE", at: "AE" },
] as const;

for (const { title, left, right, at } of overlapping) {
  test(`two hard-local rules whose homes ${title} are not called irreconcilable where one of them blocks`, () => {
    const regimes = [left, right].map((home, index) =>
      sampleRegime({ id: `local-${index}`, rule: "hard_local", home: placeSet(home) }),
    );
    const decision = decideOnce(onePlacePolicy(regimes, siting(at)));
    assert.ok(decision.kind === "refusal" && decision.refusal.blocks.length > 0);
    for (const { reason } of decision.refusal.blocks) assert.match(reason, /the data must stay in/);
  });
}

test("two hard-local rules meet in the free zone when one of them names it and the other its country", () => {
  const country = sampleRegime({ id: "ae", rule: "hard_local", home: placeSet("AE") });
  const freeZone = sampleRegime({ id: "difc", rule: "hard_local", home: placeSet("AE+DIFC") });
  assert.deepEqual(lawfulIds(decideOnce(onePlacePolicy([country, freeZone], siting("AE+DIFC")))), ["engine"]);
});

test("a hard-local rule without a home is not irreconcilable with itself; it just has no place", () => {
  const decision = decideOnce(
    onePlacePolicy([sampleRegime({ rule: "hard_local", home: new Set() })], siting("DE")),
  );
  assert.ok(decision.kind === "refusal");
  assert.equal(decision.refusal.blocks[0]?.reason, "`DE`: the data must stay in nowhere");
});
