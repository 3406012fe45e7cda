import assert from "node:assert/strict";
import { test } from "node:test";
import { limitLevel as level } from "../../../test/support/limit-level.ts";
import { momentAt } from "../../../test/support/moment-at.ts";
import { dayMs, type TenantId } from "../../base/index.ts";
import { type LimitLevel, moneyOf } from "../../config/index.ts";
import { createLimitMemory } from "./limit-memory.ts";
import { Limiter, type LimitRefusal, type Reserved } from "./limiter.ts";

const noon = Date.UTC(2026, 10, 30, 12);

test("a minute's requests may come at once, and then at the even rate", () => {
  const limiter = newLimiter();
  const waits = (nowMs: number): number => waitMs(limiter, { requestsPerMinute: 60 }, nowMs);
  for (let count = 0; count < 60; count++) assert.equal(waits(0), 0);
  assert.equal(waits(0), 1_000);
  assert.equal(waits(400), 600);
  assert.equal(waits(1_000), 0);
  assert.ok(waits(1_000) > 0);
});

test("a bucket never holds more than a minute's requests", () => {
  const limiter = newLimiter();
  waitMs(limiter, { requestsPerMinute: 2 }, 0);
  const admitted = Array.from({ length: 5 }, () => waitMs(limiter, { requestsPerMinute: 2 }, dayMs)).filter(
    (wait) => wait === 0,
  );
  assert.equal(admitted.length, 2);
});

test("a place is free again once it was released, and only once", () => {
  const limiter = newLimiter();
  const levels = [level({ concurrentRequests: 1 })];
  const first = limiter.enter(levels, momentAt(0));
  assert.equal(limiter.enter(levels, momentAt(0)).kind, "refused");
  assert.ok(first.kind === "admitted");
  first.release();
  assert.equal(limiter.enter(levels, momentAt(0)).kind, "admitted");
  assert.equal(limiter.enter(levels, momentAt(0)).kind, "refused");
});

test("a request that one level refuses uses nothing of the others, and the longest wait is told", () => {
  const limiter = newLimiter();
  const tenant = level({ requestsPerMinute: 60 });
  const key = level({ kind: "key", id: "t/key/a", requestsPerMinute: 1, concurrentRequests: 1 });
  const first = limiter.enter([tenant, key], momentAt(0));
  assert.ok(first.kind === "admitted");
  for (let count = 0; count < 100; count++) {
    const refusal = limiter.enter([tenant, key], momentAt(0));
    assert.ok(refusal.kind === "refused");
    const { level: whose, limit, waitMs: wait } = refusal;
    assert.deepEqual([whose.kind, limit, wait], ["key", "requests-per-minute", 60_000]);
  }
  for (let count = 0; count < 59; count++)
    assert.equal(limiter.enter([tenant], momentAt(0)).kind, "admitted");
  assert.equal(limiter.enter([tenant], momentAt(0)).kind, "refused");
});

test("tokens are taken by their bound, and what was not used comes back", () => {
  const limiter = newLimiter();
  const first = reserve(limiter, { tokensPerMinute: 1_000 }, { tokens: 800 });
  assert.ok(first.kind === "reserved");
  const second = reserve(limiter, { tokensPerMinute: 1_000 }, { tokens: 800 });
  assert.deepEqual([second.kind, second.kind === "refused" && second.waitMs], ["refused", 36_000]);
  first.settle({ tokens: 100, cost: 0n });
  assert.equal(reserve(limiter, { tokensPerMinute: 1_000 }, { tokens: 800 }).kind, "reserved");
});

test("what is more than a minute's tokens waits for a full bucket, and is paid off before the next", () => {
  const limiter = newLimiter();
  const limits = { tokensPerMinute: 1_000 };
  assert.equal(reserve(limiter, limits, { tokens: 3_000 }).kind, "reserved");
  assert.equal(reserve(limiter, limits, { tokens: 1, atMs: 119_000 }).kind, "refused");
  assert.equal(reserve(limiter, limits, { tokens: 1, atMs: 121_000 }).kind, "reserved");
});

test("money under way comes back soon, and money that is spent with the next period", () => {
  const limiter = newLimiter();
  const first = reserve(limiter, { budget: perDay(3) }, { units: 2 });
  const held = reserve(limiter, { budget: perDay(3) }, { units: 2 });
  assert.ok(first.kind === "reserved" && held.kind === "refused");
  assert.deepEqual([held.isSpent, held.waitMs], [false, 1_000]);
  first.settle({ tokens: 0, cost: moneyOf(2) });
  const spent = reserve(limiter, { budget: perDay(3) }, { units: 2 });
  assert.ok(spent.kind === "refused");
  assert.deepEqual([spent.isSpent, spent.waitMs], [true, dayMs / 2]);
  assert.equal(reserve(limiter, { budget: perDay(3) }, { units: 1 }).kind, "reserved");
});

test("a day's budget begins anew at midnight UTC, and a month's with the month", () => {
  const limiter = newLimiter();
  const month = {
    kind: "tenant",
    id: "m",
    tenant: "m" as TenantId,
    budget: { ...perDay(3), per: "month" },
  } as const;
  for (const limits of [{ budget: perDay(3) }, month]) {
    assert.equal(reserve(limiter, limits, { units: 3 }).kind, "reserved");
    assert.equal(reserve(limiter, limits, { units: 3, nowMs: noon + dayMs / 2 - 1 }).kind, "refused");
    // 1 December.
    assert.equal(reserve(limiter, limits, { units: 3, nowMs: noon + dayMs / 2 }).kind, "reserved");
  }
  assert.equal(reserve(limiter, month, { units: 1, nowMs: noon + dayMs }).kind, "refused");
});

test("what counts for a day that the asking clock has not reached counts today too", () => {
  const limiter = newLimiter();
  const limits = { budget: perDay(3) };
  assert.equal(reserve(limiter, limits, { units: 3, countedMs: noon + 400 * dayMs }).kind, "reserved");
  assert.equal(reserve(limiter, limits, { units: 1 }).kind, "refused");
});

function newLimiter(): Limiter {
  return new Limiter({ memory: createLimitMemory({ tenants: new Map() }), thread: 0 });
}

function perDay(units: number): NonNullable<LimitLevel["budget"]> {
  return { amount: moneyOf(units), currency: "EUR", per: "day" };
}

interface Taken {
  readonly tokens?: number;
  readonly units?: number;
  readonly atMs?: number;
  readonly nowMs?: number;
  readonly countedMs?: number;
}

function reserve(
  limiter: Limiter,
  limits: Partial<LimitLevel>,
  { tokens = 0, units = 0, atMs = 0, nowMs = noon, countedMs = nowMs }: Taken,
): Reserved | LimitRefusal {
  const moments = { monotonicMs: momentAt(atMs), askedMs: nowMs, countedMs };
  return limiter.reserve([level(limits)], { tokens, cost: moneyOf(units) }, moments);
}

function waitMs(limiter: Limiter, limits: Partial<LimitLevel>, nowMs: number): number {
  const entrance = limiter.enter([level(limits)], momentAt(nowMs));
  return entrance.kind === "refused" ? Math.round(entrance.waitMs) : 0;
}
