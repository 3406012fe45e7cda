// What a report costs: `node bench/report.ts [entries [regime…]]` verifies and reports a log of so many entries (10^6
// unless told otherwise) for each regime, and prints one JSON row a case. A fourth of the entries are transfers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WrittenEntry } from "../src/ledger/index.ts";
import { compileReport, reportRegimes, verifiedLogs, writeReport } from "../src/operate/index.ts";
import { openLogDirectory } from "../src/store/index.ts";
import { signerFrom } from "../test/support/ledger-crypto.ts";
import {
  abroadEntry,
  openedEntry,
  outcomeEntry,
  refusalEntry,
  requestId,
  transferEntry,
} from "../test/support/ledger-entries.ts";
import { handleOf, logSigner, writeLargeLog } from "./large-log.ts";

const entryCount = Number(process.argv[2] ?? 1_000_000);
const reportSigner = signerFrom(3, "acme.example/report/de/eu-frankfurt");
const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" } } as const;

const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-report-"));
try {
  writeLargeLog(join(directory, "log"), entryCount, entryAt);
  const wanted = process.argv.slice(3);
  for (const regime of reportRegimes) {
    if (wanted.length === 0 || wanted.includes(regime)) await measure(regime);
  }
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(regime: (typeof reportRegimes)[number]): Promise<void> {
  const readers = (await openLogDirectory(join(directory, "log"))).map(({ reader }) => reader);
  const beganMs = performance.now();
  const logs = await verifiedLogs({ readers, trust });
  const verifiedMs = performance.now();
  const compiled = await compileReport({
    regime,
    tenant: null,
    seed: "4711",
    fromMs: 0,
    toMs: 2_000_000_000_000,
    logs,
    peers: [],
    trust,
    software: "bailiwick/0.1.0",
    nowMs: Date.now(),
  });
  const compiledMs = performance.now();
  await writeReport({ ...compiled, logs, signer: reportSigner, folder: join(directory, regime) });
  console.log(
    JSON.stringify({
      bench: "report",
      case: regime,
      entries: entryCount,
      verifySeconds: seconds(beganMs, verifiedMs),
      countSeconds: seconds(verifiedMs, compiledMs),
      writeSeconds: seconds(compiledMs, performance.now()),
      citations: compiled.report.citations.length,
      peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

/** A permit for a transfer, the transfer, the outcome, a refusal, and so on. */
function entryAt(at: number): WrittenEntry {
  if (at === 0) return openedEntry(0, 1);
  const decision = at - ((at - 1) % 4);
  const tenant = handleOf(decision % 50);
  const rid = requestId(decision);
  if (at === decision) return { ...abroadEntry(at), tenant, subject: tenant };
  if (at === decision + 1) return transferEntry(at, decision, rid);
  if (at === decision + 2) return outcomeEntry(at, decision, rid);
  return { ...refusalEntry(at), tenant, subject: tenant };
}

function seconds(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 100) / 10;
}
