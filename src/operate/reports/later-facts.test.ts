import assert from "node:assert/strict";
import { test } from "node:test";
import {
  correctionEntry,
  decisionEntry,
  endpointEntries,
  openedEntry,
  origin,
  outcomeEntry,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, readerOf } from "../../../test/support/ledger-log.ts";
import { frankfurtSigner, reportTrust } from "../../../test/support/report-logs.ts";
import type { Place } from "../../base/index.ts";
import type { WrittenEntry } from "../../ledger/index.ts";
import { compileReport } from "./compile-report.ts";
import { reportPage } from "./page/report-page.ts";
import { type Report, type ReportRegime, reportRegimes } from "./report.ts";
import { verifiedLogs } from "./verified-logs.ts";

async function reportOf(regime: ReportRegime, entries: readonly WrittenEntry[]): Promise<Report> {
  const files = buildLog({ entries, signer: frankfurtSigner, sealedAt: [entries.length] });
  const logs = await verifiedLogs({ readers: [readerOf(files)], trust: reportTrust });
  const { report } = await compileReport({
    regime,
    tenant: null,
    seed: null,
    fromMs: Date.UTC(2026, 10, 1),
    toMs: Date.UTC(2026, 11, 1),
    logs,
    peers: [],
    trust: reportTrust,
    software: "bailiwick/0.1.0",
    nowMs: Date.UTC(2026, 11, 2),
  });
  return report;
}

test("what was learnt of an attempt later is in every report, and the page is not green", async () => {
  const decision = decisionEntry(1);
  const correction = correctionEntry(3, 2);
  const learnt = { ...correction, evidence: { ...correction.evidence, places: ["US" as Place] } };
  for (const regime of reportRegimes) {
    const report = await reportOf(regime, [
      openedEntry(0, 1),
      decision,
      outcomeEntry(2, 1, decision.rid),
      learnt,
    ]);
    const corrections = report.sections.find(({ id }) => id === "corrections");
    assert.deepEqual(corrections?.facts, [{ label: "corrections", value: 1, isAlarming: true }], regime);
    assert.deepEqual(
      corrections.table?.rows.map(({ cells }) => cells.slice(2)),
      [[`${origin}#2`, 0, "US", "E4", "provider-log", "log-arrived"]],
    );
    assert.match(reportPage(report), /<div class="box alarming">/, regime);
  }
});

test("a quarantine, and a person's release of it, are among the changes", async () => {
  const report = await reportOf("soc2", [openedEntry(0, 1), ...endpointEntries(1)]);
  const changes = report.sections.find(({ id }) => id === "changes");
  assert.deepEqual(changes?.table?.rows.map(({ cells }) => cells.slice(2)).slice(1), [
    ["quarantine", "fra-1"],
    ["release", "fra-1"],
  ]);
});
