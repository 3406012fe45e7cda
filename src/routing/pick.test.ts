import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import type { CellId, EndpointId, Place } from "../base/index.ts";
import type { Permit, PermittedEndpoint } from "../law/index.ts";
import { issuePermit } from "../law/permit.ts";
import { type Circuit, closedCircuit } from "./circuit.ts";
import { type Health, healthy } from "./health.ts";
import { type EndpointView, pick, type Pick } from "./pick.ts";
import { byStanding, type Preference, type Preferences, type Ranking, rankings } from "./preference.ts";

const idle: EndpointView = {
  health: healthy,
  circuit: closedCircuit,
  isDoubtful: false,
  inFlight: 0,
  latencyMs: 100,
};
const refusing: Circuit = {
  kind: "open",
  cause: "refusing",
  openings: 1,
  failedBy: null,
  retryAtMs: momentAt(9_000),
};
const down: Health = { kind: "open", openings: 1, retryAtMs: momentAt(5_000), notBeforeMs: momentAt(0) };
const due: Health = { ...down, retryAtMs: momentAt(0) };

const sovereign = { isTransfer: false, isSovereign: true };
const home = { isTransfer: false, isSovereign: false };
const abroad = { isTransfer: true, isSovereign: false };

interface Case {
  readonly title: string;
  readonly mode: Ranking;
  readonly endpoints: Readonly<Record<string, Partial<EndpointView & PermittedEndpoint & Preference>>>;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: "legal-first goes home before abroad, and to a sovereign home first, whatever the load",
    mode: "legal-first",
    endpoints: { far: abroad, near: home, own: { ...sovereign, inFlight: 50, latencyMs: 9_000 } },
    expected: ["own", "near", "far"],
  },
  {
    title: "performance-first takes a quick transfer before a slow home",
    mode: "performance-first",
    endpoints: { own: { ...sovereign, latencyMs: 2_000 }, far: { ...abroad, latencyMs: 50 } },
    expected: ["far", "own"],
  },
  {
    title: "performance-first weighs the queue in",
    mode: "performance-first",
    endpoints: { busy: { ...home, latencyMs: 100, inFlight: 20 }, calm: { ...home, latencyMs: 300 } },
    expected: ["calm", "busy"],
  },
  {
    title: "inside a rank the one with fewer requests in flight comes first",
    mode: "legal-first",
    endpoints: { busy: { ...home, inFlight: 3 }, calm: { ...home, inFlight: 1 } },
    expected: ["calm", "busy"],
  },
  {
    title: "an equal load is settled by a clearly better latency",
    mode: "legal-first",
    endpoints: { slow: { ...home, latencyMs: 900 }, quick: { ...home, latencyMs: 90 } },
    expected: ["quick", "slow"],
  },
  {
    title: "one that is not measured is asked once, and not again until that request is back",
    mode: "performance-first",
    endpoints: {
      new: { ...home, latencyMs: null, inFlight: 1 },
      known: { ...home, latencyMs: 900, inFlight: 2 },
    },
    expected: ["known", "new"],
  },
  {
    title: "one that failed this caller comes after its equals",
    mode: "legal-first",
    endpoints: { doubtful: { ...home, isDoubtful: true }, well: home },
    expected: ["well", "doubtful"],
  },
  {
    title: "one that refuses us is out for the model",
    mode: "legal-first",
    endpoints: { refusing: { ...home, circuit: refusing }, well: home },
    expected: ["well"],
  },
  {
    title: "an endpoint on trial comes after its healthy equals and before a lower legal rank",
    mode: "legal-first",
    endpoints: { far: abroad, ill: { ...home, health: due }, well: home },
    expected: ["well", "ill", "far"],
  },
  {
    title: "an endpoint that is down is no candidate",
    mode: "legal-first",
    endpoints: { ill: { ...home, health: down }, well: home },
    expected: ["well"],
  },
  {
    title: "a quarantined endpoint is no candidate",
    mode: "performance-first",
    endpoints: { stray: { ...sovereign, health: { kind: "quarantined" } }, well: abroad },
    expected: ["well"],
  },
];

const orders: readonly Case[] = [
  {
    title: "an endpoint of order 2 comes last however idle and quick it is",
    mode: "legal-first",
    endpoints: {
      cloud: { ...home, order: 2, latencyMs: 10 },
      own1: { ...home, inFlight: 40 },
      own2: { ...home, inFlight: 41, latencyMs: 9_000 },
    },
    expected: ["own1", "own2", "cloud"],
  },
  {
    title: "performance-first too takes the lower order before the shorter wait",
    mode: "performance-first",
    endpoints: { cloud: { ...home, order: 2, latencyMs: 10 }, own: { ...home, latencyMs: 5_000 } },
    expected: ["own", "cloud"],
  },
  {
    title: "performance-first takes a transfer of order 1 before a home of order 2",
    mode: "performance-first",
    endpoints: { near: { ...home, order: 2 }, far: { ...abroad, latencyMs: 5_000 } },
    expected: ["far", "near"],
  },
  {
    title: "legal-first goes home before abroad whatever the order says",
    mode: "legal-first",
    endpoints: { far: abroad, near: { ...home, order: 7 } },
    expected: ["near", "far"],
  },
  {
    title: "at home the operator's order comes before whose control it is under",
    mode: "legal-first",
    endpoints: { own: { ...sovereign, order: 2 }, rented: home },
    expected: ["rented", "own"],
  },
  {
    title: "an endpoint on trial comes before a higher order, or it would never be seen to be well again",
    mode: "legal-first",
    endpoints: { cloud: { ...home, order: 2 }, own: { ...home, health: due } },
    expected: ["own", "cloud"],
  },
  {
    title: "orders with gaps are orders",
    mode: "performance-first",
    endpoints: { c: { order: 90 }, b: { order: 40 }, a: { order: 5 } },
    expected: ["a", "b", "c"],
  },
];

const unmeasured: readonly Case[] = [
  {
    title:
      "an unmeasured endpoint that is being probed comes after its measured equals, however busy they are",
    mode: "legal-first",
    endpoints: { young: { ...home, latencyMs: null, inFlight: 1 }, old: { ...home, inFlight: 9 } },
    expected: ["old", "young"],
  },
  {
    title: "an idle unmeasured endpoint is probed where its equals are busy",
    mode: "legal-first",
    endpoints: { old: { ...home, inFlight: 1 }, young: { ...home, latencyMs: null } },
    expected: ["young", "old"],
  },
  {
    title: "performance-first does not leave an idle home to measure somebody abroad",
    mode: "performance-first",
    endpoints: { far: { ...abroad, latencyMs: null }, near: { ...home, latencyMs: 8_000 } },
    expected: ["near", "far"],
  },
  {
    title: "the unmeasured of a higher order waits for the lower order like any other",
    mode: "performance-first",
    endpoints: { young: { latencyMs: null, order: 2 }, old: { inFlight: 30 } },
    expected: ["old", "young"],
  },
  {
    title: "where nobody is measured the load alone decides",
    mode: "legal-first",
    endpoints: { busy: { latencyMs: null, inFlight: 5 }, calm: { latencyMs: null, inFlight: 4 } },
    expected: ["calm", "busy"],
  },
];

const odd = { ...home, isOutlier: true };

const outliers: readonly Case[] = [
  {
    title: "an outlier comes after its equals, however busy they are, and before a higher order",
    mode: "legal-first",
    endpoints: {
      odd,
      busy: { ...home, inFlight: 9 },
      calm: { ...home, inFlight: 8 },
      cloud: { ...home, order: 2 },
    },
    expected: ["calm", "busy", "odd", "cloud"],
  },
  {
    title: "an outlier at home comes before whoever is abroad",
    mode: "legal-first",
    endpoints: { far: abroad, odd, near: { ...home, inFlight: 9 } },
    expected: ["near", "odd", "far"],
  },
  {
    title: "where more than a third of those that may be asked would be outliers, none is",
    mode: "legal-first",
    endpoints: { near: { ...home, inFlight: 9 }, other: { ...odd, inFlight: 2 }, odd, far: abroad },
    expected: ["odd", "other", "near", "far"],
  },
];

for (const { title, mode, endpoints, expected } of [...cases, ...orders, ...unmeasured, ...outliers]) {
  test(title, () => assert.deepEqual(pickFrom(endpoints, mode).candidates, expected));
}

for (const stride of [1, 2, 3, 6, 12]) {
  test(`equals take turns, also where this model has one turn of ${stride}`, () => {
    const firsts = Array.from(
      { length: 300 },
      (_, count) => pickFrom({ a: home, b: home, c: home }, "legal-first", count * stride).candidates[0],
    );
    for (const id of ["a", "b", "c"]) {
      const count = firsts.filter((first) => first === id).length;
      assert.ok(Math.abs(count - 100) <= 3, `${id} ${count}`);
    }
    assert.equal(new Set(firsts.slice(0, 6)).size, 3);
  });
}

test("an idle unmeasured endpoint takes turns with the fastest of its equals, and has no more than its turn", () => {
  const endpoints = { young: { latencyMs: null }, quick: { latencyMs: 50 }, slow: { latencyMs: 900 } };
  for (const mode of rankings) {
    const firsts = Array.from({ length: 100 }, (_, turn) => pickFrom(endpoints, mode, turn).candidates[0]);
    const probes = firsts.filter((id) => id === "young").length;
    assert.ok(probes > 20 && probes < 70, `${mode}: ${probes} of 100`);
    assert.ok(!firsts.includes("slow" as EndpointId));
  }
});

test("when all are down the soonest return is told", () => {
  const { candidates, retryAtMs } = pickFrom(
    {
      a: { health: { ...down, retryAtMs: momentAt(9_000) } },
      b: { health: down },
      c: { health: { kind: "quarantined" } },
    },
    "legal-first",
  );
  assert.deepEqual(candidates, []);
  assert.equal(retryAtMs, 5_000);
});

test("when only an operator can help no moment is promised", () => {
  assert.equal(pickFrom({ a: { health: { kind: "quarantined" } } }, "legal-first").retryAtMs, null);
});

test("an empty permit has no candidates", () => {
  assert.deepEqual(pickFrom({}, "legal-first"), { candidates: [], retryAtMs: null });
});

test("every candidate is named by the permit, once, and available, in every mode and state", () => {
  const view = fc.record({
    health: fc.constantFrom<Health>(healthy, down, due, { kind: "quarantined" }),
    inFlight: fc.nat(100),
    latencyMs: fc.option(fc.nat(60_000), { nil: null }),
    isTransfer: fc.boolean(),
    isSovereign: fc.boolean(),
    order: fc.integer({ min: 1, max: 4 }),
    weight: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
  });
  const names = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), view, { maxKeys: 6 });
  fc.assert(
    fc.property(names, fc.constantFrom(...rankings), fc.nat(), (endpoints, mode, turn) => {
      const available = Object.keys(endpoints).filter(
        (id) =>
          ["closed", due.kind].includes(endpoints[id]?.health.kind ?? "") && endpoints[id]?.health !== down,
      );
      const { candidates } = pickFrom(endpoints, mode, turn);
      assert.deepEqual(candidates.toSorted(), available.toSorted());
      const standing = candidates.map((id): readonly [number, number] => {
        const { isTransfer = false, order = 1 } = endpoints[id] ?? {};
        return [mode === "legal-first" && isTransfer ? 1 : 0, order];
      });
      const best = standing.toSorted((left, right) => left[0] - right[0] || left[1] - right[1]);
      assert.deepEqual(standing, best, "a higher order only after every available lower one");
    }),
  );
});

test("a permit is sorted best first as it is picked from, as far as nobody has to be looked at", () => {
  const endpoints = { c: { ...abroad }, b: { ...home, order: 2 }, d: { ...home }, a: { ...sovereign } };
  const sorted = (mode: Ranking): readonly string[] =>
    permitFor(endpoints)
      .sorted(byStanding(mode, preferencesOf(endpoints)))
      .terms.endpoints.map(({ id }) => id);
  assert.deepEqual(sorted("legal-first"), ["a", "d", "b", "c"]);
  assert.deepEqual(sorted("performance-first"), ["a", "d", "c", "b"]);
});

for (const { title, mode, latencies } of [
  { title: "one of them is slower", mode: "legal-first", latencies: [100, 4_000, 100] },
  { title: "none of them is measured", mode: "legal-first", latencies: [null, null, null] },
  { title: "the mode is performance-first", mode: "performance-first", latencies: [3_000, 100, null] },
] as const) {
  test(`of 1,000 requests each endpoint gets its weight's share within a twentieth, also where ${title}`, () => {
    const weights = { a: 5, b: 3, c: 2 };
    for (const concurrency of [1, 2, 12, 50]) {
      const counts = shares({ weights, mode, latencies, concurrency });
      for (const [id, weight] of Object.entries(weights)) {
        assert.ok(
          Math.abs((counts.get(id) ?? 0) - weight * 100) <= 50,
          `${concurrency}: ${id} ${counts.get(id)}`,
        );
      }
    }
  });
}

interface Load {
  readonly weights: Readonly<Record<string, number>>;
  readonly mode: Ranking;
  readonly latencies: readonly (number | null)[];
  readonly concurrency: number;
}

/** How often each is picked first when, with `concurrency` under way, whichever request of them ends first is replaced. */
function shares({ weights, mode, latencies, concurrency }: Load): ReadonlyMap<string, number> {
  const random = seededRandom(7);
  const counts = new Map<string, number>();
  const underWay: string[] = [];
  for (let turn = 0; turn < 1_000; turn++) {
    if (underWay.length === concurrency) underWay.splice(Math.floor(random() * concurrency), 1);
    const endpoints = Object.entries(weights).map(([id, weight], index) => [
      id,
      {
        ...home,
        weight,
        latencyMs: latencies[index] ?? null,
        inFlight: underWay.filter((each) => each === id).length,
      },
    ]);
    const [first = ""] = pickFrom(Object.fromEntries(endpoints), mode, turn).candidates;
    underWay.push(first);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return counts;
}

test("an endpoint that is full by its weight lets the others go first, and comes back when it is not", () => {
  assert.ok(firstsBeside(40).every((id) => id === "small"));
  assert.ok(firstsBeside(1).includes("big" as EndpointId));
});

/** Who comes first in 20 turns where the one with the larger weight has `inFlight` requests. */
function firstsBeside(inFlight: number): readonly (EndpointId | undefined)[] {
  const endpoints = { big: { weight: 3, inFlight }, small: { weight: 1 } };
  return Array.from({ length: 20 }, (_, turn) => pickFrom(endpoints, "legal-first", turn).candidates[0]);
}

test("the share of an endpoint that is down goes to the others of its order by their weights", () => {
  const endpoints = { a: { weight: 6, health: down }, b: { weight: 3 }, c: { weight: 1 }, d: { order: 2 } };
  const firsts = Array.from(
    { length: 400 },
    (_, turn) => pickFrom(endpoints, "legal-first", turn).candidates[0],
  );
  const b = firsts.filter((id) => id === "b").length;
  assert.ok(Math.abs(b - 300) < 10, String(b));
  assert.equal(firsts.filter((id) => id === "c").length, 400 - b);
});

/** All candidates, in their order. */
function pickFrom(
  endpoints: Case["endpoints"],
  mode: Ranking,
  turn = 0,
): Pick & { readonly candidates: readonly EndpointId[] } {
  const picked = pick(permitFor(endpoints), {
    mode,
    turn,
    nowMs: momentAt(0),
    preferences: preferencesOf(endpoints),
    view: (id) => ({ ...idle, ...endpoints[id] }),
  });
  return { ...picked, candidates: Array.from(picked.candidates) };
}

function preferencesOf(endpoints: Case["endpoints"]): Preferences {
  return new Map(
    Object.entries(endpoints).map(([id, { order = 1, weight = null }]) => [
      id as EndpointId,
      { order, weight },
    ]),
  );
}

function permitFor(endpoints: Case["endpoints"]): Permit {
  return issuePermit({
    endpoints: Object.entries(endpoints).map(([id, terms]) => ({
      id: id as EndpointId,
      cell: "here" as CellId,
      computes: ["DE" as Place],
      grounds: [],
      isTransfer: false,
      isSovereign: false,
      ...terms,
    })),
    regimes: [],
    obligations: [],
    evidenceMin: "E0",
    policyHash: "",
    expiresAtMs: null,
  });
}
