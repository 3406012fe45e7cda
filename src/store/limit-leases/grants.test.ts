import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { grantBudget, grantShare, type HeldBudget, type HeldShare } from "./grants.ts";

const pool = 30;
const replicas = 3;

const share = fc.double({ min: 0, max: 1, noNaN: true });
/**
 * Who asks, for how much, how much of what it has it gives up before it asks, how much of what it may use it uses by then, and
 * whose lease is over.
 */
const ask = fc.record({
  who: fc.nat(replicas - 1),
  want: fc.nat(2 * pool),
  kept: share,
  busy: share,
  over: fc.option(fc.nat(replicas - 1), { freq: 3 }),
});

/** What a replica may use, and what it does use: more where it was told to use less, until that has ended. */
interface Use {
  readonly may: number;
  readonly inUse: number;
}

test("whoever asks in whatever order, replicas are never lent more than there is, nor what is in use", () => {
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 40 }), fc.boolean(), (asks, isWhole) => {
      const part = (of: number, much: number): number => (isWhole ? Math.floor(much * of) : much * of);
      const rows = new Map<number, HeldShare>();
      const uses = new Map<number, Use>();
      let wereAllThere = true;
      for (const { who, want, kept, busy, over } of asks) {
        const before = uses.get(who) ?? { may: 0, inUse: 0 };
        const inUse = part(busy, Math.max(before.may, before.inUse));
        const held = Math.max(part(kept, before.may), Math.min(before.may, inUse));
        // Who has slept through it goes on saying what it holds, and using it.
        if (over !== null && rows.delete(over)) wereAllThere = false;
        const others = Array.from(rows).flatMap(([name, row]) => (name === who ? [] : [row]));
        const own = rows.get(who)?.held ?? 0;
        const given = grantShare({ name: "", pool, isWhole, held, inUse, want }, { own, others }, replicas);
        rows.set(who, { held: given.held, want });
        uses.set(who, { may: given.granted, inUse });
        const lent = sum(others, (row) => row.held);
        // Above the pool is what was in use when the others were lent it, and what was above before.
        const most = Math.max(pool, lent + Math.max(own, inUse));
        assert.ok(lent + given.held <= most + 1e-9, `${lent + given.held} of ${most}`);
        assert.ok(lent + given.granted <= Math.max(pool, lent + Math.min(held, own)) + 1e-9);
        assert.ok(given.held >= Math.max(given.granted, inUse));
        const used = sum(Array.from(uses.values()), (use) => Math.max(use.may, use.inUse));
        if (wereAllThere) assert.ok(used <= pool + 1e-9, `${used} in use of ${pool}`);
      }
    }),
    { numRuns: 500 },
  );
});

test("who has more than a fair share gives way to one that wants its own", () => {
  const busy = { name: "", pool, isWhole: true, held: pool, inUse: 0, want: pool };
  const idle = { own: pool, others: [{ held: 0, want: 20 }] };
  assert.deepEqual(grantShare(busy, idle, replicas), { granted: 20, held: pool });
  assert.deepEqual(grantShare({ ...busy, held: 20 }, idle, replicas), { granted: 20, held: 20 });
  const late = grantShare(
    { ...busy, held: 0, want: 20 },
    { own: 0, others: [{ held: 20, want: pool }] },
    replicas,
  );
  assert.equal(late.granted, 10);
});

test("what is in use nobody else is lent, even where its holder may use less", () => {
  const busy = { name: "", pool, isWhole: true, held: 10, inUse: 25, want: pool };
  const known = { own: 25, others: [{ held: 5, want: 20 }] };
  assert.deepEqual(grantShare(busy, known, replicas), { granted: 20, held: 25 });
  const away = { own: 0, others: [{ held: 20, want: 20 }] };
  assert.deepEqual(grantShare(busy, away, replicas), { granted: 10, held: 25 });
});

test("of what a replica says that it holds, it has what the store knows of", () => {
  const away = { name: "", pool, isWhole: true, held: pool, inUse: 0, want: pool };
  const others = [{ held: 20, want: 20 }];
  assert.deepEqual(grantShare(away, { own: 0, others }, replicas), { granted: 10, held: 10 });
  assert.deepEqual(grantShare(away, { own: 5, others }, replicas), { granted: 10, held: 10 });
});

test("ceilings of replicas never add up to more than the budget, whatever they spend below them", () => {
  const spending = fc.record({ who: fc.nat(replicas - 1), want: fc.bigInt(0n, 40n), of: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(spending, { maxLength: 40 }), (steps) => {
      const rows = new Map<number, HeldBudget>();
      for (const { who, want, of } of steps) {
        const { ceiling, spent } = rows.get(who) ?? { ceiling: 0n, spent: 0n };
        const now = spent + ((ceiling - spent) * BigInt(of)) / 100n;
        const others = Array.from(rows).flatMap(([name, row]) => (name === who ? [] : [row]));
        const asked = { tenant: "t", sinceMs: 0, amount: 100n, ceiling, spent: now, want };
        rows.set(who, { spent: now, ceiling: grantBudget(asked, others).ceiling });
        const total = Array.from(rows.values()).reduce((sum, row) => sum + row.ceiling, 0n);
        assert.ok(total <= 100n, `${total}`);
      }
    }),
    { numRuns: 500 },
  );
});

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
