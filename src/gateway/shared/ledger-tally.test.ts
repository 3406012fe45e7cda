import assert from "node:assert/strict";
import { test } from "node:test";
import { buildLog, readerOf } from "../../../test/support/ledger-log.ts";
import {
  allowedEndpoint,
  decisionEntry,
  outcomeEntry,
  requestId,
  transferEntry,
} from "../../../test/support/ledger-entries.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { dayMs, type TenantId } from "../../base/index.ts";
import type { WrittenEntry } from "../../ledger/index.ts";
import { type PublishedLog, publishedLog } from "../../store/index.ts";
import { countedRetentionDays, readTally } from "./ledger-tally.ts";

const tenant = "seller" as TenantId;
const nowMs = Date.UTC(2027, 0, 10);

/** A permit to go abroad that was asked for by `by`, with what else the log holds of it. */
function request(
  number: number,
  by = "1",
  outcome: "answered" | "unknown" | null = "answered",
): WrittenEntry[] {
  const rid = requestId(number);
  const allowed = [{ ...allowedEndpoint("fra-1"), transfer: true }];
  const opening = { ...decisionEntry(number), tenant: by.repeat(32), allowed } as WrittenEntry;
  const transfer = transferEntry(number + 1, number, rid);
  const answered = outcomeEntry(number + 2, number, rid);
  const closing =
    outcome === "unknown"
      ? { ...answered, result: "unknown" as const, status: null, attempts: [], answeredBy: null, res: null }
      : answered;
  return outcome === null ? [opening, transfer] : [opening, transfer, closing];
}

function monthLog(month: string, entries: readonly WrittenEntry[], isPruned = false): PublishedLog {
  const files = buildLog({ entries, signer: signerOf(month), sealedAt: [entries.length] });
  for (const path of isPruned ? [...files.keys()].filter((each) => each.startsWith("tile/")) : [])
    files.delete(path);
  return publishedLog(month, readerOf(files));
}

async function countOf(logs: readonly PublishedLog[], sinceMs = 0): Promise<number | null | undefined> {
  const tally = await readTally({ tenants: [tenant], logs, handleOf: () => "1".repeat(32), nowMs });
  return tally.of(tenant)?.requestsSince({ sinceMs, of: null, atHome: null });
}

test("a tenant's own requests count over all months, answered or not known, and nobody else's", async () => {
  const logs = [
    monthLog("2026-11", [...request(0), ...request(3, "9")]),
    monthLog("2026-12", [...request(0, "1", "unknown"), ...request(3, "1", null)]),
  ];
  assert.equal(await countOf(logs), 3);
});

test("a month whose entries are gone leaves all time up to its end unknown", async () => {
  const logs = [monthLog("2026-10", request(0), true), monthLog("2026-11", request(0))];
  const endMs = Date.UTC(2026, 10, 1);
  assert.deepEqual([await countOf(logs, endMs - 1), await countOf(logs, endMs)], [null, 1]);
});

test("a month that no period reaches is not read, gone or not", async () => {
  const logs = [monthLog("2025-12", request(0), true), monthLog("2026-11", request(0))];
  const past = Date.UTC(2026, 0, 1) + countedRetentionDays * dayMs;
  const at = (now: number): Promise<number | null | undefined> =>
    readTally({ tenants: [tenant], logs, handleOf: () => "1".repeat(32), nowMs: now }).then((tally) =>
      tally.of(tenant)?.requestsSince({ sinceMs: 0, of: null, atHome: null }),
    );
  assert.deepEqual([await at(past - 1), await at(past)], [null, 1]);
});

test("where nobody is counted, no log is read", async () => {
  const unreadable: PublishedLog = {
    ...monthLog("2026-11", request(0)),
    readCheckpoint: () => Promise.reject(new Error("read")),
  };
  await readTally({ tenants: [], logs: [unreadable], handleOf: () => "", nowMs });
});
