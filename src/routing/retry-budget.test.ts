import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Time goes on by `byMs`; then so many first attempts, and then as many retries as are wished and allowed. */
const step = fc.record({
  byMs: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 30_000 })),
  firsts: fc.integer({ min: 0, max: 40 }),
  wished: fc.integer({ min: 0, max: 60 }),
});
const share = fc.record({
  percent: fc.integer({ min: 0, max: 100 }),
  perSecond: fc.integer({ min: 0, max: 3 }),
});

test("retries are at most the share of first attempts of their window and the floor, in every sequence", () => {
  fc.assert(
    fc.property(share, fc.array(step, { maxLength: 40 }), ({ percent, perSecond }, steps) => {
      const budget = new RetryBudget({ percent, perSecond });
      const seen: { second: number; firsts: number; retries: number }[] = [];
      let atMs = 0;
      for (const { byMs, firsts, wished } of steps) {
        atMs += byMs;
        const now = { second: Math.floor(atMs / 1_000), firsts, retries: 0 };
        seen.push(now);
        for (let each = 0; each < firsts; each++) budget.noteFirst(momentAt(atMs));
        for (let each = 0; each < wished && budget.allows(momentAt(atMs)); each++) {
          budget.noteRetry(momentAt(atMs));
          now.retries++;
        }
        const inWindow = seen.filter(({ second }) => second > now.second - 10);
        const most = perSecond * 10 + (sum(inWindow, "firsts") * percent) / 100;
        const made = sum(inWindow, "retries");
        if (now.retries > 0) assert.ok(made <= most, `${made} of ${most}`);
        // Nor is one withheld that there is room for.
        if (now.retries < wished) assert.ok(made + 1 > most, `${made} of ${most}`);
      }
    }),
  );
});

test("no first attempt pays for two retries: over any time they are the share, and one window's floor", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.array(step, { maxLength: 60 }), (percent, steps) => {
      const budget = new RetryBudget({ percent, perSecond: 0 });
      let [atMs, firstCount, retryCount] = [0, 0, 0];
      for (const { byMs, firsts, wished } of steps) {
        atMs += byMs;
        firstCount += firsts;
        for (let each = 0; each < firsts; each++) budget.noteFirst(momentAt(atMs));
        for (let each = 0; each < wished && budget.allows(momentAt(atMs)); each++, retryCount++)
          budget.noteRetry(momentAt(atMs));
        assert.ok(retryCount <= (firstCount * percent) / 100);
      }
    }),
  );
});

test("a cell that was asked nothing for long may retry what comes then, as often as the floor says", () => {
  const budget = new RetryBudget({ percent: 20, perSecond: 1 });
  for (const atMs of [0, 3_600_000]) {
    let made = 0;
    for (; budget.allows(momentAt(atMs)); made++) budget.noteRetry(momentAt(atMs));
    assert.equal(made, 10);
  }
});

function sum<Key extends string>(each: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return each.reduce((before, value) => before + value[key], 0);
}
