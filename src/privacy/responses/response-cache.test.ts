// Answers on their tenants' shelves, sealed, under names that only the cell can compute.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import {
  encodeUtf8,
  type EndpointId,
  type MonotonicMs,
  type Place,
  type RequestId,
  type TenantId,
} from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { AnswerNames, type Partition } from "./answer-names.ts";
import { type KeptAnswer, ResponseCache, sweepMs } from "./response-cache.ts";
import { openAnswer, sealAnswer } from "./sealed-answer.ts";

const [bank, shop] = ["bank", "shop"] as TenantId[] as [TenantId, TenantId];
const rid = "1".repeat(32) as RequestId;
/** Three answers of this length, with what they take beside it, fit into {@link roomFor3}. */
const length = 1_000;
const roomFor3 = 3 * (length + 2_048);

function kept(name: string, change: Partial<KeptAnswer> = {}): KeptAnswer {
  return {
    tenant: bank,
    name,
    rid,
    subject: "a".repeat(32),
    policy: "p",
    isStream: false,
    cached: {
      of: { origin: "test.example/ledger/DE/eu-frankfurt/2026-11", index: 1 },
      at: 1,
      endpoint: "fra-1" as EndpointId,
      asked: { model: null, region: null },
      allowed: [],
      evidence: null,
      observedAt: null,
    },
    sealed: new Uint8Array(length),
    atMs: 0 as MonotonicMs,
    lifetimeMs: 60_000,
    ...change,
  };
}

function openCache(): {
  readonly cache: ResponseCache;
  readonly clock: { nowMs: number };
  readonly sizes: number[];
  readonly names: (tenant?: TenantId) => string;
} {
  const clock = { nowMs: 0 };
  const sizes: number[] = [];
  const cache = new ResponseCache({
    monotonicNow: () => clock.nowMs as MonotonicMs,
    onSize: (bytes) => sizes.push(bytes),
  });
  const names = (tenant = bank): string =>
    Array.from("abcdefg")
      .filter((name) => cache.find(tenant, name) !== null)
      .join("");
  return { cache, clock, sizes, names };
}

test("what is beyond a tenant's bound goes by the longest unused first, and takes nobody else's place", () => {
  const { cache, names, sizes } = openCache();
  for (const name of "abc") cache.keep(kept(name, { tenant: shop }), roomFor3);
  for (const name of "abc") cache.keep(kept(name), roomFor3);
  assert.ok(cache.find(bank, "a"));
  cache.keep(kept("d"), roomFor3);
  assert.equal(names(), "acd");
  for (const name of "efg") cache.keep(kept(name), roomFor3);
  assert.deepEqual([names(), names(shop)], ["efg", "abc"]);
  assert.equal(sizes.at(-1), 2 * roomFor3);
  cache.clear();
  assert.deepEqual([names(), names(shop), sizes.at(-1)], ["", "", 0]);
});

test("an answer that is more than a tenant may have is not kept, and what it would replace is gone", () => {
  const { cache, names, sizes } = openCache();
  for (const name of "ab") cache.keep(kept(name), roomFor3);
  cache.keep(kept("a", { sealed: new Uint8Array(roomFor3) }), roomFor3);
  assert.equal(names(), "b");
  assert.equal(sizes.at(-1), roomFor3 / 3);
});

test("an answer under the name of another takes its place", () => {
  const { cache, sizes } = openCache();
  for (let round = 0; round < 5; round++) cache.keep(kept("a", { sealed: new Uint8Array(round) }), roomFor3);
  assert.equal(cache.find(bank, "a")?.sealed.length, 4);
  assert.equal(sizes.at(-1), 2_048 + 4);
});

test("an answer whose lifetime is over is not found, and does not stay in memory", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { cache, clock, names, sizes } = openCache();
  cache.keep(kept("a", { lifetimeMs: 5_000 }), roomFor3);
  cache.keep(kept("b"), roomFor3);
  clock.nowMs = 4_999;
  assert.equal(names(), "ab");
  clock.nowMs = 5_000;
  assert.equal(names(), "b");
  t.mock.timers.tick(sweepMs);
  assert.equal(sizes.at(-1), roomFor3 / 3);
  clock.nowMs = 60_000;
  t.mock.timers.tick(sweepMs);
  assert.equal(sizes.at(-1), 0);
});

test("a subject's, an endpoint's and a former policy's answers are forgotten, and no others", () => {
  const { cache, names } = openCache();
  cache.keep(kept("a", { subject: "b".repeat(32) }), roomFor3 * 2);
  cache.keep(kept("b", { cached: { ...kept("b").cached, endpoint: "fra-2" as EndpointId } }), roomFor3 * 2);
  cache.keep(kept("c", { policy: "q" }), roomFor3 * 2);
  cache.keep(kept("d"), roomFor3 * 2);
  cache.forgetSubject("b".repeat(32));
  assert.equal(names(), "bcd");
  cache.forgetEndpoint("fra-2" as EndpointId);
  assert.equal(names(), "cd");
  cache.forgetAllBut("p");
  assert.equal(names(), "d");
});

const answer = { body: encodeUtf8("zirconium umbrella"), closing: encodeUtf8("data: [DONE]\n\n") };

test("an answer opens under its subject's key alone, for its own request and name, and no bit of it is another", async (t) => {
  const [key, other] = await openKeys(t);
  const whose = { rid, name: "a" };
  const sealed = sealAnswer(key, whose, answer);
  assert.deepEqual(openAnswer(key, whose, sealed), {
    body: Buffer.from(answer.body),
    closing: Buffer.from(answer.closing),
  });
  assert.ok(!Buffer.from(sealed).includes("zirconium"));
  assert.equal(openAnswer(other, whose, sealed), null);
  assert.equal(openAnswer(key, { ...whose, name: "b" }, sealed), null);
  assert.equal(openAnswer(key, { ...whose, rid: "2".repeat(32) as RequestId }, sealed), null);
  for (let at = 0; at < sealed.length; at++) {
    const flipped = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    assert.equal(openAnswer(key, whose, flipped), null);
  }
});

const partition: Partition = {
  tenant: bank,
  subject: "a".repeat(32),
  policy: "p",
  places: ["DE", "FR"] as Place[],
  citizenships: [],
  residences: [],
  classes: ["personal"],
};
const request = { operation: "chat_completions", model: "assistant", body: encodeUtf8("{}") };

test("a name is of everything that makes a request the same, and of the cell", () => {
  const names = new AnswerNames(new Uint8Array(32));
  const elsewhere = new AnswerNames(new Uint8Array(32).fill(1));
  const others = [
    { tenant: shop },
    { subject: "b".repeat(32) },
    { policy: "q" },
    { places: ["DE"] as Place[] },
    { citizenships: ["FR"] as Place[] },
    { residences: ["FR"] as Place[] },
    { classes: ["personal", "health"] },
    // What one list lacks another does not make up for.
    { places: [], citizenships: ["DE", "FR"] as Place[] },
  ].map((change) => names.of({ ...partition, ...change }, request));
  const requests = [
    { operation: "embeddings" },
    { model: "solo" },
    { body: encodeUtf8("{} ") },
    { model: "assistan", body: encodeUtf8("t{}") },
  ].map((change) => names.of(partition, { ...request, ...change }));
  const own = names.of(partition, request);
  const all = [own, ...others, ...requests, elsewhere.of(partition, request)];
  assert.equal(new Set(all).size, all.length);
  assert.equal(names.of({ ...partition, places: ["FR", "DE", "FR"] as Place[] }, request), own);
  for (let each = 0; each < 2_000; each++) names.of({ ...partition, subject: `${each}` }, request);
  assert.equal(names.of(partition, request), own, "also when its key is made anew");
});

async function openKeys(t: TestContext): Promise<readonly [SubjectKey, SubjectKey]> {
  const state = mkdtempSync(join(tmpdir(), "bailiwick-responses-"));
  t.after(() => rm(state, { recursive: true, force: true }));
  const vault = await openTestVault(state);
  const nowMs = Date.parse("2026-11-20T14:00:00Z");
  return [
    await vault.subjectKey({ tenant: bank, person: null }, nowMs),
    await vault.subjectKey({ tenant: bank, person: "patient 17" }, nowMs),
  ];
}
