// What a report counts, against a recount that looks at the entries and shares nothing with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { EndpointId, Place } from "../../base/index.ts";
import { type DecisionEntry, type OutcomeEntry, outcomeView, type WrittenEntry } from "../../ledger/index.ts";
import {
  allowedEndpoint,
  answeredAttempt,
  decisionEntry,
  openedEntry,
  outcomeEntry,
  refusalEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, readerOf } from "../../../test/support/ledger-log.ts";
import { frankfurtSigner, reportStartMs, reportTrust } from "../../../test/support/report-logs.ts";
import { compileReport } from "./compile-report.ts";
import type { Report } from "./report.ts";
import { verifiedLogs } from "./verified-logs.ts";

interface Planned {
  readonly isPermit: boolean;
  readonly tenant: string;
  readonly classes: readonly string[];
  readonly endpoint: EndpointId;
  readonly result: OutcomeEntry["result"];
  readonly minutes: number;
}

const handles = ["1", "2", "3"].map((digit) => digit.repeat(32));
const endpoints = ["fra-1", "fra-2", "iad-1"] as EndpointId[];

const planned: fc.Arbitrary<Planned> = fc.record({
  isPermit: fc.boolean(),
  tenant: fc.constantFrom(...handles),
  classes: fc.constantFrom(["personal"], ["personal", "health"], []),
  endpoint: fc.constantFrom(...endpoints),
  result: fc.constantFrom("complete", "failed", "unknown", "aborted"),
  minutes: fc.integer({ min: 0, max: 600 }),
});

/** Each request's entries side by side, at times that only grow. */
function entriesOf(requests: readonly Planned[]): readonly WrittenEntry[] {
  const entries: WrittenEntry[] = [{ ...openedEntry(0, 1), ts: reportStartMs }];
  let ts = reportStartMs;
  for (const { isPermit, tenant, classes, endpoint, result, minutes } of requests) {
    ts += minutes * 60_000;
    const at = entries.length;
    if (!isPermit) {
      entries.push({ ...refusalEntry(at), tenant, classes, ts });
      continue;
    }
    const allowed = [{ ...allowedEndpoint(endpoint), computes: ["DE" as Place] }];
    entries.push({ ...decisionEntry(at), tenant, classes, allowed, ts });
    const evidence = { grade: "E3", source: "region", places: ["DE" as Place] };
    entries.push({
      ...outcomeEntry(at + 1, at, requestId(at)),
      result,
      attempts: [{ ...answeredAttempt(), endpoint, evidence }],
      ts,
      answeredBy: result === "complete" ? 0 : null,
    });
  }
  return entries;
}

test("counts by verdict, tenant, class, endpoint and result are those of a recount, for any period and tenant", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(planned, { maxLength: 60 }),
      fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 20_000 })),
      fc.option(fc.constantFrom(...handles)),
      async (requests, [fromMinutes, minutes], tenant) => {
        const fromMs = reportStartMs + fromMinutes * 60_000 - 1;
        const toMs = fromMs + minutes * 60_000;
        const entries = entriesOf(requests);
        const soc2 = await reportOf(entries, { regime: "soc2", fromMs, toMs, tenant });
        const gdpr = await reportOf(entries, { regime: "eu-gdpr-30", fromMs, toMs, tenant });
        const decisions = entries
          .filter((entry): entry is DecisionEntry => entry.t === "decision")
          .filter(
            (entry) => entry.ts >= fromMs && entry.ts < toMs && (tenant === null || entry.tenant === tenant),
          );
        const outcomes = decisions.flatMap(
          ({ rid }) =>
            entries.find((entry): entry is OutcomeEntry => entry.t === "outcome" && entry.rid === rid) ?? [],
        );
        assert.deepEqual(facts(soc2, "volume"), [
          decisions.length,
          ...(["permit", "refuse", "redirect"] as const).map(
            (verdict) => decisions.filter((entry) => entry.verdict === verdict).length,
          ),
        ]);
        assert.deepEqual(counted(soc2, "coverage", 2, [0]), recount(outcomes.map(({ result }) => result)));
        assert.deepEqual(counted(gdpr, "tenants", 3, [0]), recount(decisions.map((entry) => entry.tenant)));
        assert.deepEqual(
          counted(gdpr, "classes", 2, [0]),
          recount(decisions.flatMap((entry) => entry.classes)),
        );
        assert.deepEqual(
          counted(gdpr, "recipients", 6, [0, 5]),
          recount(
            outcomes.flatMap((entry) => {
              const { attempts, answered } = outcomeView(entry);
              return attempts.map((each) => `${each.endpoint} ${each === answered ? "yes" : "no"}`);
            }),
          ),
        );
        assert.deepEqual(
          gdpr.sources.map(({ inPeriod }) => inPeriod?.count ?? 0),
          [entries.filter(({ ts }) => ts >= fromMs && ts < toMs).length],
        );
      },
    ),
    { numRuns: 60 },
  );
});

async function reportOf(
  entries: readonly WrittenEntry[],
  question: Pick<Parameters<typeof compileReport>[0], "regime" | "fromMs" | "toMs" | "tenant">,
): Promise<Report> {
  const files = buildLog({ entries, signer: frankfurtSigner, sealedAt: [entries.length] });
  const logs = await verifiedLogs({ readers: [readerOf(files)], trust: reportTrust });
  const rest = { seed: null, peers: [], trust: reportTrust, software: "bailiwick/0.1.0", nowMs: 0 };
  return (await compileReport({ ...question, ...rest, logs })).report;
}

function facts({ sections }: Report, id: string): unknown[] {
  return sections.find((section) => section.id === id)?.facts.map(({ value }) => value) ?? [];
}

/** Sums of the column `count`, by what stands in the columns `by`. */
function counted(
  { sections }: Report,
  id: string,
  count: number,
  by: readonly number[],
): Record<string, number> {
  const rows = sections.find((section) => section.id === id)?.table?.rows ?? [];
  const sums: Record<string, number> = {};
  for (const { cells } of rows) {
    const key = by.map((column) => cells[column]).join(" ");
    sums[key] = (sums[key] ?? 0) + Number(cells[count]);
  }
  return sums;
}

function recount(words: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const word of words) sums[word] = (sums[word] ?? 0) + 1;
  return sums;
}
