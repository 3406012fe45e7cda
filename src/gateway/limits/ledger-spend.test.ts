import assert from "node:assert/strict";
import { test } from "node:test";
import { buildLog, readerOf } from "../../../test/support/ledger-log.ts";
import {
  allowedEndpoint,
  decisionEntry,
  outcomeEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { limitedPolicy } from "../../../test/support/limited-policy.ts";
import { readTestPolicy } from "../../../test/support/test-cell.ts";
import type { TenantId } from "../../base/index.ts";
import { unitsOf } from "../../config/index.ts";
import type { WrittenEntry } from "../../ledger/index.ts";
import { type PublishedLog, publishedLog } from "../../store/index.ts";
import { readSpend } from "./ledger-spend.ts";
import { createLimitMemory, viewLimitMemory } from "./limit-memory.ts";
import { SpendTally } from "./spend-tally.ts";

const policy = readTestPolicy(
  limitedPolicy({ tenantLimits: "{ budget: { amount: 1, currency: EUR, per: month } }" }),
);
const buyer = "buyer" as TenantId;
const nowMs = Date.UTC(2026, 10, 15);
const atMs = Date.UTC(2026, 10, 2);

interface Recorded {
  readonly tenant?: string;
  readonly model?: string;
  readonly endpoint?: string;
  readonly ending?: "answered" | "unknown" | "none";
}

/** A permit for one endpoint, and what became of it: 100 tokens read and 10 written, if anybody knows. */
function request(
  number: number,
  { tenant = "1", model = "assistant", endpoint = "near", ending = "answered" }: Recorded = {},
): WrittenEntry[] {
  const decision = {
    ...decisionEntry(number),
    ts: atMs,
    tenant: tenant.repeat(32),
    model,
    allowed: [allowedEndpoint(endpoint)],
  } as WrittenEntry;
  const outcome = outcomeEntry(number + 1, number, requestId(number));
  const usage = { input: 100, output: 10, cached: 0 };
  const attempts = outcome.attempts.map((each) => ({ ...each, endpoint, failure: null, usage }));
  const unknown = { result: "unknown", status: null, attempts: [], answeredBy: null, res: null } as const;
  if (ending === "none") return [decision];
  return [decision, { ...outcome, ts: atMs, attempts, ...(ending === "unknown" && unknown) } as WrittenEntry];
}

function monthLog(month: string, entries: readonly WrittenEntry[]): PublishedLog {
  return publishedLog(
    month,
    readerOf(buildLog({ entries, signer: signerOf(month), sealedAt: [entries.length] })),
  );
}

async function millionthsOf(...logs: readonly PublishedLog[]): Promise<number> {
  const handleOf = (tenant: TenantId): string => (tenant === buyer ? "1" : "2").repeat(32);
  const spend = new SpendTally(viewLimitMemory({ memory: createLimitMemory(policy), thread: 0 }));
  await readSpend({ policy, logs, handleOf, nowMs }, spend);
  return Math.round(unitsOf(spend.of(buyer).since(Date.UTC(2026, 10, 1))) * 1e6);
}

test("a tenant has spent what its own outcomes of the month add up to", async () => {
  const entries = [...request(0), ...request(2, { endpoint: "far" }), ...request(4, { tenant: "2" })];
  assert.equal(await millionthsOf(monthLog("2026-11", entries)), 120 + 1_200);
});

test("a request that nobody knows the end of has cost what the model's bound does", async () => {
  const entries = [...request(0, { ending: "unknown" }), ...request(2, { ending: "none" })];
  assert.equal(await millionthsOf(monthLog("2026-11", entries)), 2 * (1_000 + 400));
});

test("an endpoint or a model that the policy does not name any more has its dearest price", async () => {
  assert.equal(await millionthsOf(monthLog("2026-11", request(0, { endpoint: "gone" }))), 1_200);
  assert.equal(await millionthsOf(monthLog("2026-11", request(0, { model: "gone" }))), 1_200);
});

test("a month that is over is not read", async () => {
  const unreadable: PublishedLog = {
    ...monthLog("2026-10", request(0)),
    readEntries: () => assert.fail("it is read"),
  };
  assert.equal(await millionthsOf(unreadable, monthLog("2026-11", request(0))), 120);
});
