import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { CellId, EndpointId, Place } from "../base/index.ts";
import type { Permit, PermittedEndpoint } from "../law/index.ts";
import { issuePermit } from "../law/permit.ts";
import { type Health, healthy } from "./health.ts";
import { type EndpointView, pick, type Pick, type Ranking, rankings } from "./pick.ts";

const idle: EndpointView = { health: healthy, inFlight: 0, latencyMs: 100 };
const down: Health = { kind: "open", openings: 1, retryAtMs: 5_000, notBeforeMs: 0 };
const due: Health = { ...down, retryAtMs: 0 };

const sovereign = { isTransfer: false, isSovereign: true };
const home = { isTransfer: false, isSovereign: false };
const abroad = { isTransfer: true, isSovereign: false };

interface Case {
  readonly title: string;
  readonly mode: Ranking;
  readonly endpoints: Readonly<Record<string, Partial<EndpointView> & Partial<PermittedEndpoint>>>;
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

for (const { title, mode, endpoints, expected } of cases) {
  test(title, () => assert.deepEqual(pickFrom(endpoints, mode).candidates, expected));
}

test("equals take turns", () => {
  const firsts = [0, 1, 2].map(
    (turn) => pickFrom({ a: home, b: home, c: home }, "legal-first", turn).candidates[0],
  );
  assert.equal(new Set(firsts).size, 3);
});

test("when all are down the soonest return is told", () => {
  const { candidates, retryAtMs } = pickFrom(
    {
      a: { health: { ...down, retryAtMs: 9_000 } },
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
  });
  const names = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), view, { maxKeys: 6 });
  fc.assert(
    fc.property(names, fc.constantFrom(...rankings), fc.nat(), (endpoints, mode, turn) => {
      const available = Object.keys(endpoints).filter(
        (id) =>
          ["closed", due.kind].includes(endpoints[id]?.health.kind ?? "") && endpoints[id]?.health !== down,
      );
      assert.deepEqual(pickFrom(endpoints, mode, turn).candidates.toSorted(), available.toSorted());
    }),
  );
});

function pickFrom(endpoints: Case["endpoints"], mode: Ranking, turn = 0): Pick {
  return pick(permitFor(endpoints), {
    mode,
    turn,
    nowMs: 0,
    view: (id) => ({ ...idle, ...endpoints[id] }),
  });
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
