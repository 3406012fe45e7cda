import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { grantBudget, grantShare, type HeldBudget, type HeldShare } from "./grants.ts";

const pool = 30;
const replicas = 3;

/** Who asks, for how much, and how much of what it has it gives up before it asks. */
const ask = fc.record({
  who: fc.nat(replicas - 1),
  want: fc.nat(2 * pool),
  kept: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("whoever asks in whatever order, replicas are never lent more than there is", () => {
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 40 }), fc.boolean(), (asks, isWhole) => {
      const rows = new Map<number, HeldShare>();
      const inUse = new Map<number, number>();
      for (const { who, want, kept } of asks) {
        const had = inUse.get(who) ?? 0;
        const held = isWhole ? Math.floor(had * kept) : had * kept;
        const others = Array.from(rows).flatMap(([name, row]) => (name === who ? [] : [row]));
        const share = grantShare({ name: "", pool, isWhole, held, inUse: 0, want }, others, replicas);
        rows.set(who, { held: share.held, want });
        inUse.set(who, share.granted);
        const total = Array.from(rows.values()).reduce((sum, row) => sum + row.held, 0);
        assert.ok(total <= pool + 1e-9, `${total} of ${pool}`);
        assert.ok(share.granted <= share.held);
      }
    }),
    { numRuns: 500 },
  );
});

test("who has more than a fair share gives way to one that wants its own", () => {
  const busy = { name: "", pool, isWhole: true, held: pool, inUse: 0, want: pool };
  assert.deepEqual(grantShare(busy, [{ held: 0, want: 20 }], replicas), { granted: 20, held: pool });
  const lowered = grantShare({ ...busy, held: 20 }, [{ held: 0, want: 20 }], replicas);
  assert.deepEqual(lowered, { granted: 20, held: 20 });
  assert.equal(grantShare({ ...busy, held: 0, want: 20 }, [{ held: 20, want: pool }], replicas).granted, 10);
});

test("what is in use nobody else is lent, even where its holder may use less", () => {
  const busy = { name: "", pool, isWhole: true, held: 10, inUse: 25, want: pool };
  assert.deepEqual(grantShare(busy, [{ held: 5, want: 20 }], replicas), { granted: 20, held: 25 });
  const late = { ...busy, held: 0 };
  assert.deepEqual(grantShare(late, [{ held: 20, want: 20 }], replicas), { granted: 10, held: 25 });
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
