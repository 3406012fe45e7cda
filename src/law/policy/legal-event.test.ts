import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  anyFacts,
  anyInstantMs,
  anyLawPolicy,
  worldInstantsMs,
} from "../../../test/support/law-arbitraries.ts";
import {
  always,
  placeSet,
  sampleCell,
  sampleEndpoint,
  sampleFacts,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
  sampleTool,
} from "../../../test/support/law-samples.ts";
import {
  createDecider,
  type Decision,
  explain,
  type Facts,
  type LawPolicy,
  type LegalEvent,
} from "../index.ts";

const rhein = sampleOperator("rhein", "DE");
const pacific = sampleOperator("pacific", "US");
const policy = samplePolicy({
  regimes: [
    sampleRegime({
      mechanisms: [sampleTool({ kind: "scc", article: "Art. 46", documents: [] })],
      freeDestinations: [
        sampleDestination(placeSet("CH"), {
          instrument: "Decision 2000/518 (all)",
        }),
      ],
    }),
  ],
  mechanisms: [
    { id: "to-us", kind: "scc", from: "acme", to: "pacific", documents: {}, classes: null, validity: always },
  ],
  cells: [
    sampleCell("home", siting("DE", { operator: rhein })),
    sampleCell("away", siting("US", { operator: pacific })),
  ],
  endpoints: [
    sampleEndpoint("de-1", "home", siting("DE", { operator: rhein })),
    sampleEndpoint("de-2", "home", siting("DE", { operator: pacific })),
    sampleEndpoint("ch-1", "home", siting("CH", { operator: rhein })),
    sampleEndpoint("us-1", "away", siting("US", { operator: pacific })),
  ],
});
const facts = sampleFacts({ exporter: "acme" });

const cases: readonly {
  readonly title: string;
  readonly events: readonly LegalEvent[];
  readonly atMs?: number;
  readonly allowed: string;
}[] = [
  { title: "without events everything lawful is allowed", events: [], allowed: "ch-1 de-1 de-2 us-1" },
  {
    title: "a suspended region takes what computes there, and what is behind a cell there",
    events: [suspend("region", "US")],
    allowed: "ch-1 de-1 de-2",
  },
  {
    title: "a suspended subdivision takes a country of which nobody knows more",
    events: [suspend("region", "US-VA")],
    allowed: "ch-1 de-1 de-2",
  },
  {
    title: "a suspended operator takes its endpoints in every place, and its cells with all behind them",
    events: [suspend("operator", "rhein")],
    allowed: "us-1",
  },
  {
    title: "a suspended operator leaves the others",
    events: [suspend("operator", "pacific")],
    allowed: "ch-1 de-1",
  },
  {
    title: "a suspended mechanism carries nothing, by its id",
    events: [suspend("mechanism", "to-us")],
    allowed: "ch-1 de-1 de-2",
  },
  {
    title: "a suspended kind of mechanism carries nothing",
    events: [suspend("mechanism", "scc")],
    allowed: "ch-1 de-1 de-2",
  },
  {
    title: "a withdrawn adequacy decision opens nothing, by its instrument",
    events: [suspend("mechanism", "Decision 2000/518")],
    allowed: "de-1 de-2 us-1",
  },
  {
    title: "a suspended regime takes whatever it applies to",
    events: [suspend("regime", "eu-gdpr")],
    allowed: "",
  },
  {
    title: "a regime that does not apply takes nothing",
    events: [suspend("regime", "ru-152")],
    allowed: "ch-1 de-1 de-2 us-1",
  },
  {
    title: "a suspended endpoint is not used",
    events: [suspend("endpoint", "de-1")],
    allowed: "ch-1 de-2 us-1",
  },
  {
    title: "events stack",
    events: [suspend("endpoint", "de-1"), suspend("operator", "pacific", "stop-2")],
    allowed: "ch-1",
  },
  {
    title: "a lift gives back what its suspension took, and not what another took",
    events: [suspend("endpoint", "us-1"), suspend("operator", "pacific", "stop-2"), lift("stop-2")],
    allowed: "ch-1 de-1 de-2",
  },
  {
    title: "a lift of something else lifts nothing",
    events: [suspend("endpoint", "de-1"), lift("stop-9")],
    allowed: "ch-1 de-2 us-1",
  },
  {
    title: "an event has no effect before it begins",
    events: [suspend("endpoint", "de-1", "stop", { fromMs: 5, untilMs: null })],
    atMs: 4,
    allowed: "ch-1 de-1 de-2 us-1",
  },
  {
    title: "an event has effect from its first millisecond",
    events: [suspend("endpoint", "de-1", "stop", { fromMs: 5, untilMs: 9 })],
    atMs: 5,
    allowed: "ch-1 de-2 us-1",
  },
  {
    title: "an event ends by the clock",
    events: [suspend("endpoint", "de-1", "stop", { fromMs: 5, untilMs: 9 })],
    atMs: 9,
    allowed: "ch-1 de-1 de-2 us-1",
  },
  {
    title: "a lift that has ended lets the suspension stand again",
    events: [suspend("endpoint", "de-1"), { ...lift("stop"), validity: { fromMs: 0, untilMs: 5 } }],
    atMs: 5,
    allowed: "ch-1 de-2 us-1",
  },
];

for (const { title, events, atMs = 7, allowed } of cases) {
  test(title, () => {
    assert.deepEqual(
      allowedBy(createDecider({ ...policy, events }).decide(facts, atMs)),
      new Set(words(allowed)),
    );
  });
}

test("a block names the event and what it suspends", () => {
  const decision = createDecider({ ...policy, events: [suspend("operator", "rhein")] }).decide(facts, 0);
  assert.ok(decision.kind === "permit");
  const block = decision.blocks.find(({ rule }) => rule === "event:stop");
  assert.equal(block?.reason, "operator `rhein` is suspended (injunction)");
});

test("a decision expires when an event begins or ends", () => {
  const events = [suspend("endpoint", "de-1", "stop", { fromMs: 5, untilMs: 9 })];
  const decider = createDecider({ ...policy, events });
  for (const [atMs, expiresAtMs] of [
    [0, 5],
    [5, 9],
    [9, null],
  ] as const) {
    const decision = decider.decide(facts, atMs);
    assert.equal(decision.kind === "permit" && decision.permit.terms.expiresAtMs, expiresAtMs);
  }
});

const targets = [
  ...["DE", "FR", "CH", "US", "CA-QC", "AE", "AE+DIFC"].map((name) => ["region", name] as const),
  ...["op-1", "op-2", "op-3"].map((name) => ["operator", name] as const),
  ...["scc", "bcr", "m-1"].map((name) => ["mechanism", name] as const),
  ...["r-1", "r-2"].map((name) => ["regime", name] as const),
  ...["e-1", "e-2"].map((name) => ["endpoint", name] as const),
];
const ids = ["a", "b", "c", "d"];
const anyPeriod = fc.record({ fromMs: fc.nat(8), untilMs: fc.option(fc.integer({ min: 1, max: 9 })) });
const anySuspension = fc
  .record({ target: fc.constantFrom(...targets), id: fc.constantFrom(...ids), validity: anyPeriod })
  .map(({ target: [kind, name], id, validity }) => suspend(kind, name, id, validity));
const anyLift = fc
  .record({ id: fc.constantFrom(...ids), validity: anyPeriod })
  .map(({ id, validity }): LegalEvent => ({ ...lift(id), validity }));
const anyEvents = fc.array(fc.oneof(anySuspension, anySuspension, anyLift), { maxLength: 6 });
const anyMore = fc.record({ events: anyEvents, more: anySuspension });

test("no set of events ever widens a permit, at any time", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyEvents, (law, about, events) => {
      for (const nowMs of worldInstantsMs) {
        const without = createDecider(law).decide(about, nowMs);
        const under = createDecider({ ...law, events }).decide(about, nowMs);
        assertWithin(under, without);
      }
    }),
    { numRuns: 300 },
  );
});

test("a further suspension never widens a permit", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyMore, anyInstantMs, (law, about, { events, more }, nowMs) => {
      const before = createDecider({ ...law, events }).decide(about, nowMs);
      const after = createDecider({ ...law, events: [...events, { ...more, id: "e" }] }).decide(about, nowMs);
      assertWithin(after, before);
    }),
    { numRuns: 500 },
  );
});

test("lifting restores exactly what the suspension took", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyMore, anyInstantMs, (law, about, { events, more }, nowMs) => {
      const lifted: LegalEvent[] = [...events, { ...more, id: "e" }, lift("e")];
      assert.deepEqual(
        termsOf(law, about, { events: lifted, nowMs }),
        termsOf(law, about, { events, nowMs }),
      );
    }),
    { numRuns: 500 },
  );
});

test("neither the order of events nor the moment of asking changes the answer", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyEvents, (law, about, events) => {
      const shared = createDecider({ ...law, events });
      const turned = { ...law, events: events.toReversed() };
      for (const nowMs of worldInstantsMs) {
        assert.deepEqual(
          allowedBy(shared.decide(about, nowMs)),
          allowedBy(createDecider(turned).decide(about, nowMs)),
        );
      }
    }),
    { numRuns: 200 },
  );
});

test("explain and the served decision agree under events", () => {
  fc.assert(
    fc.property(anyLawPolicy, anyFacts, anyEvents, anyInstantMs, (law, about, events, nowMs) => {
      const under = { ...law, events };
      const { endpoints, missing } = explain(under, about, nowMs);
      const lawful =
        missing.length > 0 ? [] : endpoints.filter(({ isLawful }) => isLawful).map(({ id }) => id);
      assert.deepEqual(allowedBy(createDecider(under).decide(about, nowMs)), new Set(lawful));
    }),
    { numRuns: 300 },
  );
});

function suspend(
  kind: "region" | "operator" | "mechanism" | "regime" | "endpoint",
  name: string,
  id = "stop",
  validity: LegalEvent["validity"] = { fromMs: 0, untilMs: null },
): LegalEvent & { readonly act: "suspend" } {
  return { act: "suspend", id, target: { kind, name }, reason: "injunction", validity };
}

function lift(lifts: string): LegalEvent & { readonly act: "lift" } {
  const validity = { fromMs: 0, untilMs: null };
  return { act: "lift", id: `lift-${lifts}`, lifts, reason: "order-ended", validity };
}

function words(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}

function allowedBy(decision: Decision): ReadonlySet<string> {
  return new Set(decision.kind === "permit" ? decision.permit.terms.endpoints.map(({ id }) => id) : []);
}

function assertWithin(narrow: Decision, wide: Decision): void {
  const outer = allowedBy(wide);
  for (const id of allowedBy(narrow)) assert.ok(outer.has(id), `\`${id}\` is allowed by an event`);
}

function termsOf(
  law: LawPolicy,
  about: Facts,
  { events, nowMs }: { readonly events: readonly LegalEvent[]; readonly nowMs: number },
): unknown {
  const decision = createDecider({ ...law, events }).decide(about, nowMs);
  if (decision.kind === "refusal") return decision.refusal.blocks;
  return [decision.permit.terms.endpoints, decision.permit.terms.regimes, decision.cells, decision.blocks];
}
