import assert from "node:assert/strict";
import { test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import type { TenantId } from "../../base/index.ts";
import type { Tenant } from "../../config/index.ts";
import { nothingAttested } from "../../law/index.ts";
import { createLimiter, type Limiter } from "./limiter.ts";

test("a minute's requests may come at once, and then at the even rate", () => {
  const limiter = createLimiter();
  const limits = { requestsPerMinute: 60, concurrentRequests: null };
  const waits = (nowMs: number): number => waitMs(limiter, limits, nowMs);
  for (let count = 0; count < 60; count++) assert.equal(waits(0), 0);
  assert.equal(waits(0), 1_000);
  assert.equal(waits(400), 600);
  assert.equal(waits(1_000), 0);
  assert.ok(waits(1_000) > 0);
});

test("a bucket never holds more than a minute's requests", () => {
  const limiter = createLimiter();
  const limits = { requestsPerMinute: 2, concurrentRequests: null };
  waitMs(limiter, limits, 0);
  const admitted = Array.from({ length: 5 }, () => waitMs(limiter, limits, 86_400_000)).filter(
    (wait) => wait === 0,
  );
  assert.equal(admitted.length, 2);
});

test("a place is free again once it was released, and only once", () => {
  const limiter = createLimiter();
  const tenant = tenantWith({ requestsPerMinute: null, concurrentRequests: 1 });
  const first = limiter.enter(tenant, momentAt(0));
  assert.equal(limiter.enter(tenant, momentAt(0)).kind, "refused");
  assert.ok(first.kind === "admitted");
  first.release();
  assert.equal(limiter.enter(tenant, momentAt(0)).kind, "admitted");
  assert.equal(limiter.enter(tenant, momentAt(0)).kind, "refused");
});

test("a request that is refused for one limit does not use the other up", () => {
  const limiter = createLimiter();
  const tenant = tenantWith({ requestsPerMinute: 2, concurrentRequests: 1 });
  const first = limiter.enter(tenant, momentAt(0));
  for (let count = 0; count < 10; count++) limiter.enter(tenant, momentAt(0));
  assert.ok(first.kind === "admitted");
  first.release();
  assert.equal(limiter.enter(tenant, momentAt(0)).kind, "admitted");
});

function waitMs(limiter: Limiter, limits: Tenant["limits"], nowMs: number): number {
  const entrance = limiter.enter(tenantWith(limits), momentAt(nowMs));
  return entrance.kind === "refused" ? entrance.waitMs : 0;
}

function tenantWith(limits: Tenant["limits"]): Tenant {
  return {
    id: "t" as TenantId,
    entity: "t",
    established: [],
    subjects: [],
    citizenships: [],
    residences: [],
    persons: 1,
    sector: null,
    classes: [],
    attested: nothingAttested,
    attestedAsOf: new Map(),
    requirements: [],
    keys: [],
    tokens: null,
    maySelect: new Set(),
    recordDays: null,
    models: null,
    limits,
  };
}
