import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { EndpointId, TenantId } from "../../base/index.ts";
import { type HeldDecision, type Reached, reachedBy, TransferTally } from "./transfer-tally.ts";

const hourMs = 3_600_000;
const tenant = "seller" as TenantId;
const all = { sinceMs: 0, of: null, atHome: null };
const [home, abroad] = ["home", "abroad"].map((name) => ({
  endpoint: name as EndpointId,
  transfer: name === "abroad",
})) as [Reached, Reached];

function tallyOf(tally = new TransferTally([tenant])): NonNullable<ReturnType<TransferTally["of"]>> {
  const own = tally.of(tenant);
  assert.ok(own);
  return own;
}

function heldAt(ts: number, ...classes: readonly string[]): HeldDecision {
  return { ts, classes: classes.length > 0 ? classes : ["personal"], allowed: [home, abroad] };
}

test("a request counts from the hour of its decision, until it is known that nobody abroad got it", () => {
  const tally = tallyOf();
  tally.hold(heldAt(2 * hourMs))([abroad]);
  const settle = tally.hold(heldAt(3 * hourMs + 1));
  const since = (sinceMs: number): number | null => tally.requestsSince({ ...all, sinceMs });
  assert.deepEqual([since(0), since(3 * hourMs - 1), since(3 * hourMs), since(4 * hourMs)], [2, 2, 1, 0]);
  settle([home]);
  assert.deepEqual([since(0), since(3 * hourMs)], [1, 0]);
});

test("where a law applies from a count on alone, whoever is not at home counts, transfer or not", () => {
  const tally = tallyOf();
  const elsewhere = { endpoint: "elsewhere" as EndpointId, transfer: false };
  for (const reached of [[home], [elsewhere], [home, elsewhere], [abroad], []])
    tally.hold(heldAt(0))(reached);
  assert.equal(tally.requestsSince({ ...all, atHome: new Set([home.endpoint]) }), 3);
  assert.equal(tally.requestsSince({ ...all, atHome: new Set() }), 4);
  assert.equal(tally.requestsSince(all), 1);
});

test("of some data, only requests that hold it count, and those of a class that nobody knows any more", () => {
  const tally = tallyOf();
  for (const classes of [["personal"], ["financial"], ["personal", "health"], ["of-a-later-release"]])
    tally.hold(heldAt(0, ...classes));
  assert.equal(tally.requestsSince({ ...all, of: new Set(["financial", "special"]) }), 3);
  assert.equal(tally.requestsSince(all), 4);
});

test("a sum that was asked for goes on being right, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 80 }), (moves) => {
      const tally = tallyOf();
      const held: { readonly hour: number; readonly kind: string; readonly letGo: () => void }[] = [];
      for (const { hour, kind, isLeaving } of moves) {
        if (isLeaving) held.shift()?.letGo();
        else held.push({ hour, kind, letGo: letGoOf(tally.hold(heldAt(hour * hourMs, kind))) });
        for (const first of [0, 2, hour]) {
          const since = held.filter((each) => each.hour >= first);
          const asked = { ...all, sinceMs: first * hourMs };
          assert.equal(tally.requestsSince(asked), since.length);
          const financial = since.filter((each) => each.kind === "financial").length;
          assert.equal(tally.requestsSince({ ...asked, of: new Set(["financial"]) }), financial);
        }
      }
    }),
  );
});

function letGoOf(settle: (reached: readonly Reached[]) => void): () => void {
  return () => settle([]);
}

const anyMove = fc.record({
  hour: fc.nat({ max: 40 }),
  kind: fc.constantFrom("personal", "financial"),
  isLeaving: fc.boolean(),
});

test("of a time that reaches into what is gone, nobody says a number", () => {
  const tally = new TransferTally([tenant]);
  tallyOf(tally).hold(heldAt(5));
  tally.noteUnknownBefore(5);
  const since = (sinceMs: number): number | null => tallyOf(tally).requestsSince({ ...all, sinceMs });
  assert.deepEqual([since(4), since(5)], [null, 1]);
});

test("a tenant that is not counted has no tally", () => {
  assert.equal(new TransferTally([tenant]).of("other" as TenantId), undefined);
});

const cases = [
  { title: "was sent abroad", attempts: [{ ...abroad, sent: true }], reached: [abroad] },
  { title: "was sent home", attempts: [{ ...home, sent: true }], reached: [home] },
  { title: "found nobody abroad", attempts: [{ ...abroad, sent: false }], reached: [] },
  {
    title: "found nobody at home, and was sent abroad",
    attempts: [
      { ...home, sent: false },
      { ...abroad, sent: true },
    ],
    reached: [abroad],
  },
  { title: "says not whether it was sent", attempts: [{ ...abroad, sent: null }], reached: [abroad] },
  { title: "was offered to nobody", attempts: [], reached: [] },
];

for (const { title, attempts, reached } of cases) {
  test(`a request that ${title} reached ${reached.map(({ endpoint }) => endpoint).join() || "nobody"}`, () => {
    const transfers = [abroad.endpoint];
    assert.deepEqual(reachedBy({ allowed: [home, abroad], transfers, attempts }), reached);
  });
}

test("a request that ended unknown may have reached everybody at home, and abroad whom a transfer is recorded for", () => {
  const ended = { allowed: [home, abroad], attempts: null };
  assert.deepEqual(reachedBy({ ...ended, transfers: [abroad.endpoint] }), [home, abroad]);
  assert.deepEqual(reachedBy({ ...ended, transfers: [] }), [home]);
});
