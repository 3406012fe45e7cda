// How fast a log comes back after a crash that left a whole segment of its write-ahead log unsealed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeEntry } from "../src/ledger/index.ts";
import { openLedger } from "../src/store/index.ts";
import type { Effect } from "../src/store/log/pairing.ts";
import { encodeBatch, type LogRecord, startOfSegment, toRecord } from "../src/store/log/wal-format.ts";
import {
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  requestId,
} from "../test/support/ledger-entries.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";
import { coresOf, latencyQuantiles, type LedgerCase, type Measured } from "./ledger-case.ts";

const recordCount = 80_000;
const batchRecords = 250;
const segmentBytes = 64 << 20;
const rounds = 5;

export const recoveryCases: readonly LedgerCase[] = [{ name: "recovery", run: recover }];

/** A start without anything to recover is no part of the rate, and is told beside it. */
async function recover(directory: string): Promise<Measured> {
  const segment = crashedSegment();
  const openings: Opening[] = [];
  const emptyMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    emptyMs.push((await open(join(directory, `empty-${round}`))).elapsedMs);
    const crashed = join(directory, `crashed-${round}`);
    const wal = join(crashed, "ledger", "wal", "2026-11");
    mkdirSync(wal, { recursive: true });
    writeFileSync(join(wal, `${"0".repeat(16)}.wal`), segment);
    openings.push(await open(crashed));
  }
  const { p50Ms, p99Ms } = latencyQuantiles(openings.map(({ elapsedMs }) => elapsedMs));
  const startMs = latencyQuantiles(emptyMs).p50Ms;
  const cores = latencyQuantiles(openings.map((opening) => opening.cores)).p50Ms;
  const perSecond = Math.round(recordCount / ((p50Ms - startMs) / 1000));
  return { perSecond, p50Ms, p99Ms, cores, records: recordCount, emptyStartP50Ms: startMs };
}

interface Opening {
  readonly cores: number;
  readonly elapsedMs: number;
}

async function open(directory: string): Promise<Opening> {
  const { value: ledger, ...opening } = await coresOf(() => openLedger(testLedgerOptions(directory)));
  await ledger.close();
  return opening;
}

/** As a log leaves it that wrote and did not come to seal. */
function crashedSegment(): Uint8Array {
  const segment = new Uint8Array(segmentBytes);
  let cursor = startOfSegment(origin, 0);
  for (let first = 0; first < recordCount; first += batchRecords) {
    const records = Array.from({ length: batchRecords }, (_, order) => recordAt(first + order));
    const { bytes, end } = encodeBatch(cursor, records);
    segment.set(bytes, cursor.offset);
    cursor = end;
  }
  return segment;
}

/** An opening, then permits with their outcomes. */
function recordAt(index: number): LogRecord {
  if (index === 0) return toRecord(encodeEntry(openedEntry(0, 1)), { kind: "none" });
  const isDecision = index % 2 === 1;
  const decision = isDecision ? index : index - 1;
  const rid = requestId(decision);
  const entry = isDecision ? decisionEntry(1, rid) : outcomeEntry(2, decision, rid);
  const effect: Effect = { kind: isDecision ? "opens" : "closes", rid };
  return toRecord(encodeEntry(entry), effect);
}
