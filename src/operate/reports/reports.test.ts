import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { WrittenEntry } from "../../ledger/index.ts";
import type { EndpointId, Place } from "../../base/index.ts";
import {
  abroadEntry,
  allowedEndpoint,
  answeredAttempt,
  bytesOfV1,
  cachedOutcome,
  decisionEntry,
  failedAttempt,
  openedEntry,
  origin,
  outcomeEntry,
  requestId,
  transferEntry,
  violationEntry,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import {
  clinic,
  frankfurtEntries,
  frankfurtSigner,
  reportStartMs,
  reportTrust,
  virginiaEntries,
  virginiaSigner,
} from "../../../test/support/report-logs.ts";
import { compileReport, type CompiledReport, type ReportQuestion } from "./compile-report.ts";
import { reportPage } from "./page/report-page.ts";
import { type Report, reportRegimes, type Section } from "./report.ts";
import { LogChangedError } from "./scan.ts";
import { UnverifiedLogError, verifiedLogs } from "./verified-logs.ts";

const testdata = join(import.meta.dirname, "testdata");
const month = { fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 11, 1) };

function logOf(entries: readonly (WrittenEntry | Uint8Array)[], signer = frankfurtSigner): LogFiles {
  return buildLog({ entries, signer, sealedAt: [entries.length] });
}

const frankfurt = logOf(frankfurtEntries());
const virginia = logOf(virginiaEntries(), virginiaSigner);

interface Asked extends Partial<ReportQuestion> {
  readonly own?: LogFiles;
  readonly peers?: readonly LogFiles[];
}

async function compile({ own = frankfurt, peers = [], ...question }: Asked = {}): Promise<CompiledReport> {
  const readers = [own, ...peers].map(readerOf);
  const [log, ...others] = await verifiedLogs({ readers, trust: reportTrust });
  assert.ok(log);
  return compileReport({
    regime: "soc2",
    tenant: null,
    seed: null,
    ...month,
    ...question,
    logs: [log],
    peers: others,
    trust: reportTrust,
    software: "bailiwick/0.1.0",
    nowMs: Date.UTC(2026, 11, 2),
  });
}

function section({ report }: CompiledReport, id: string): Section {
  const found = report.sections.find((each) => each.id === id);
  assert.ok(found, `the report has no section ${id}`);
  return found;
}

function fact(section: Section, label: string): unknown {
  return section.facts.find((each) => each.label === label)?.value;
}

const former = logOf(frankfurtEntries().map(bytesOfV1));
const formerPeer = logOf(virginiaEntries().map(bytesOfV1), virginiaSigner);

for (const regime of reportRegimes) {
  test(`the report for ${regime} over a small log of version 1 is the one that was read and found right`, async () => {
    const { report } = await compile({
      regime,
      own: former,
      peers: regime === "eu-gdpr-44" ? [formerPeer] : [],
    });
    golden(`${regime}.json`, `${JSON.stringify(report, null, 2)}\n`);
    golden(`${regime}.html`, reportPage(report));
  });

  test(`the report for ${regime} says the same of what is recorded in the newest version`, async () => {
    const reports = await Promise.all(
      [former, frankfurt].map((own) => compile({ regime, own, seed: "the same" })),
    );
    const [before, now] = reports.map(({ report }) => ({
      ...report,
      sources: report.sources.map((source) => ({ ...source, root: null })),
    }));
    assert.deepEqual(now, before);
  });
}

function golden(name: string, text: string): void {
  const file = join(testdata, name);
  if (process.env["UPDATE_GOLDENS"] === "1") {
    mkdirSync(testdata, { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(
    text,
    existsSync(file) ? readFileSync(file, "utf8") : "",
    "run with UPDATE_GOLDENS=1 and read the difference",
  );
}

test("an answer that was given again was sent to nobody, and is told with the model that had computed it", async () => {
  const more = [
    { ...decisionEntry(91, requestId(91)), ts: reportStartMs + 86_400_000 },
    { ...cachedOutcome(92, 3, { rid: requestId(91), first: 2 }), ts: reportStartMs + 86_400_000 },
  ];
  const own = logOf([...frankfurtEntries().slice(0, 3), ...more]);
  const { report } = await compile({ regime: "eu-ai-act", own });
  const models = section({ report } as CompiledReport, "models").table?.rows.map(({ cells }) =>
    cells.slice(0, 4),
  );
  assert.deepEqual(models, [
    ["assistant", "llama-3.3-70b", "fra-1", "complete"],
    ["assistant", "llama-3.3-70b", "fra-1", "complete, from the cache"],
  ]);
});

test("a log that does not verify is not reported from, whichever of its files was changed", async () => {
  for (const path of frankfurt.keys()) {
    const files = new Map(frankfurt);
    const bytes = Uint8Array.from(files.get(path) ?? []);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    files.set(path, bytes);
    await assert.rejects(
      verifiedLogs({ readers: [readerOf(files)], trust: reportTrust }),
      UnverifiedLogError,
      path,
    );
  }
});

test("a log that is exchanged between its verification and its reading is not reported from", async () => {
  const files = new Map(frankfurt);
  const [log] = await verifiedLogs({ readers: [readerOf(files)], trust: reportTrust });
  assert.ok(log);
  const other = logOf(frankfurtEntries().map((entry) => ({ ...entry, n: "f".repeat(32) })));
  for (const [path, bytes] of other) files.set(path, bytes);
  const making = { regime: "soc2", tenant: null, seed: null, ...month, logs: [log], peers: [] } as const;
  const rest = { trust: reportTrust, software: "bailiwick/0.1.0", nowMs: 0 };
  await assert.rejects(compileReport({ ...making, ...rest }), LogChangedError);
});

test("a log that grows meanwhile is reported as it was when it was verified", async () => {
  const entries = frankfurtEntries();
  const files = new Map(buildLog({ entries, signer: frankfurtSigner, sealedAt: [12] }));
  const [log] = await verifiedLogs({ readers: [readerOf(files)], trust: reportTrust });
  assert.ok(log);
  for (const [path, bytes] of buildLog({
    entries,
    signer: frankfurtSigner,
    sealedAt: [12, entries.length],
  })) {
    files.set(path, bytes);
  }
  const { report } = await compileReport({
    regime: "soc2",
    tenant: null,
    seed: null,
    ...month,
    logs: [log],
    peers: [],
    trust: reportTrust,
    software: "bailiwick/0.1.0",
    nowMs: 0,
  });
  assert.equal(report.sources[0]?.size, 12);
  assert.equal(report.scannedCount, 12);
});

test("a transfer is found on both sides where the other cell's log is given, and said to be open where it is not", async () => {
  assert.deepEqual(await states([virginia]), [
    ["paired", 1],
    ["contrary", 1],
  ]);
  assert.deepEqual(await states([]), [
    ["not-given", 1],
    ["contrary", 1],
  ]);
});

test("an export whose import is missing is a finding, not a reason to say nothing", async () => {
  const [opened, decision, , outcome, refusal] = virginiaEntries();
  assert.ok(opened && decision && outcome && refusal);
  const forgetful = logOf([opened, decision, outcome, refusal], virginiaSigner);
  const reconciliation = section(
    await compile({ regime: "eu-gdpr-44", peers: [forgetful] }),
    "reconciliation",
  );
  assert.equal(fact(reconciliation, "exports without their import"), 1);
});

test("the register lists every transfer with both entries", async () => {
  const { registers } = await compile({ regime: "eu-gdpr-44", peers: [virginia] });
  const [register] = registers;
  assert.ok(register);
  const [header, line, contrary, ...rest] = Array.from(register.lines);
  assert.match(header ?? "", /^xid,sent_at,exporter,importer,endpoint,/);
  assert.match(
    line ?? "",
    new RegExp(`^7{32},.*,paired,${origin}#4,acme.example/ledger/us/us-virginia/2026-11#2\r\n$`),
  );
  assert.match(contrary ?? "", new RegExp(`,fra-1,DE,US,,,,interrupted,contrary,${origin}#8,\r\n$`));
  assert.deepEqual(rest, []);
});

test("whoever took the prompt is a recipient, whether the answer was theirs or not", async () => {
  const allowed = ["slow", "fast", "never"].map(allowedEndpoint);
  const ofHealth = { allowed, allowedCount: 3, classes: ["personal", "health"] };
  const slow = failedAttempt("slow", "timeout");
  const never = { ...failedAttempt("never", "unreachable"), sent: false };
  const fast = { ...answeredAttempt(), endpoint: "fast" as EndpointId };
  const own = logOf([
    openedEntry(0, 1),
    { ...decisionEntry(1), ...ofHealth },
    { ...outcomeEntry(2, 1, requestId(1)), attempts: [never, slow, fast], answeredBy: 2 },
    { ...decisionEntry(3), ...ofHealth },
    { ...outcomeEntry(4, 3, requestId(3)), result: "aborted", attempts: [slow], answeredBy: null },
  ]);
  for (const regime of ["eu-gdpr-30", "us-hipaa", "eu-dora"] as const) {
    const { table } = section(await compile({ regime, own }), "recipients");
    const rows = table?.rows.map(({ cells }) => [cells[0], cells[5], cells[6]]).toSorted();
    assert.deepEqual(
      rows,
      [
        ["fast", "yes", 1],
        ["slow", "no", 2],
      ],
      regime,
    );
  }
});

test("where a process ended before it could say, whoever a transfer was recorded for is a recipient nobody knows more of", async () => {
  const own = logOf([
    openedEntry(0, 1),
    abroadEntry(1),
    transferEntry(2, 1, requestId(1)),
    {
      ...outcomeEntry(3, 1, requestId(1)),
      result: "unknown",
      attempts: [],
      answeredBy: null,
      res: null,
      status: null,
    },
    abroadEntry(4),
    transferEntry(5, 4, requestId(4)),
  ]);
  const { table } = section(await compile({ regime: "eu-gdpr-30", own }), "recipients");
  assert.deepEqual(
    table?.rows.map(({ cells }) => [cells[0], cells[5], cells[6]]),
    [["fra-1", "unknown", 2]],
  );
});

/** Said to compute in DE, shown in the US, and nothing was given to the caller. */
const contrary = [
  openedEntry(0, 1),
  { ...decisionEntry(1), classes: ["health"] },
  violationEntry(2, 1, requestId(1)),
  {
    ...outcomeEntry(3, 1, requestId(1)),
    result: "failed",
    error: "policy_evidence_elsewhere",
    attempts: [
      {
        ...answeredAttempt(),
        evidence: { grade: "E3", source: "header", places: ["US" as Place] },
        failure: "elsewhere",
      },
    ],
    answeredBy: null,
  },
] as const;

test("evidence against a permit is a transfer to the place that it showed, and the page is not green", async () => {
  for (const version of [contrary, contrary.map(bytesOfV1)]) {
    const own = logOf(version);
    const transfers = await compile({ regime: "eu-gdpr-44", own });
    const reconciliation = section(transfers, "reconciliation");
    assert.equal(fact(reconciliation, "transfers"), 1);
    assert.equal(fact(reconciliation, "destinations, and no other"), "US");
    assert.equal(fact(reconciliation, "shown by evidence, against a permit"), 1);
    assert.deepEqual(
      section(transfers, "transfers").table?.rows.map(({ cells }) => cells[0]),
      ["US"],
    );
    const dora = section(await compile({ regime: "eu-dora", own }), "b_02_02_observed");
    assert.deepEqual(
      dora.table?.rows.map(({ cells }) => cells.slice(1, 6)),
      [["DE", "US", "E3", "no", "no"]],
    );
    for (const regime of reportRegimes) {
      const { report } = await compile({ regime, own });
      assert.match(
        reportPage(report),
        /<div class="box alarming"><p><strong>Verified, and there is something/,
        regime,
      );
      const places = report.sections.find(({ id }) => id === "computed-places");
      if (places === undefined) continue;
      assert.deepEqual(
        places.table?.rows.map(({ cells }) => cells.slice(0, 2)),
        [["US", "evidence against the permit"]],
        regime,
      );
    }
  }
});

test("evidence that says no more than `elsewhere` is a transfer to an unknown place", async () => {
  const [opened, decision, violation, outcome] = contrary;
  const own = logOf([opened, decision, { ...violation, evidenced: [] }, outcome]);
  const report = await compile({ regime: "eu-gdpr-44", own });
  assert.equal(fact(section(report, "reconciliation"), "destinations, and no other"), "an unknown place");
});

test("a page without a finding is green", async () => {
  const own = logOf([openedEntry(0, 1), decisionEntry(1), outcomeEntry(2, 1, requestId(1))]);
  assert.match(
    reportPage((await compile({ regime: "eu-gdpr-30", own })).report),
    /<div class="box"><p><strong>Verified\.</,
  );
});

test("a log has one number in a report, on the page and in the names of its files", async () => {
  const { report } = await compile({ regime: "eu-gdpr-44", peers: [virginia] });
  assert.deepEqual(
    report.sources.map(({ checkpoint }) => checkpoint),
    ["checkpoints/1", "checkpoints/2"],
  );
  for (const { origin: cited, proof } of report.citations) {
    const number = report.sources.findIndex((source) => source.origin === cited) + 1;
    assert.ok(proof.startsWith(`proofs/${number}/`), proof);
  }
  assert.match(reportPage(report), new RegExp(`<td class="number">2</td><td>${report.sources[1]?.origin}<`));
});

test("a report of one tenant counts nobody else's requests, violations and subjects", async () => {
  const one = await compile({ tenant: clinic });
  assert.equal(fact(section(one, "volume"), "requests"), 2);
  assert.equal(fact(section(one, "violations"), "violations"), 0);
  assert.equal(fact(section(one, "subject-keys"), "events"), 0);
  const all = await compile();
  assert.equal(fact(section(all, "violations"), "violations"), 1);
  assert.equal(fact(section(all, "subject-keys"), "events"), 4);
});

test("a period without requests says so of a log that was read to its end", async () => {
  const { report } = await compile({ fromMs: month.toMs, toMs: month.toMs + 1 });
  assert.equal(report.scannedCount, frankfurtEntries().length);
  assert.equal(report.sources[0]?.inPeriod, null);
  assert.ok(report.sections.every(({ table }) => (table?.rows ?? []).length === 0 || table === null));
});

test("the period begins with its first moment and ends before its last", async () => {
  const sixHoursMs = 6 * 3_600_000;
  const decidedMs = reportStartMs + sixHoursMs;
  assert.equal(await counted(decidedMs, decidedMs + 1), 1);
  assert.equal(await counted(decidedMs - 10, decidedMs), 0);
});

test("the same seed picks the same records, and another seed others", async () => {
  const many: WrittenEntry[] = Array.from(
    { length: 400 },
    (_, at) => frankfurtEntries()[at === 0 ? 0 : 6] as WrittenEntry,
  ).map((entry, at) => ({ ...entry, ts: reportStartMs + at }));
  const own = logOf(many);
  const cited = async (seed: string | null): Promise<unknown> =>
    (await compile({ own, seed })).report.citations.map(({ index }) => index).join(" ");
  assert.equal(await cited("4711"), await cited("4711"));
  assert.equal(await cited(null), await cited(null));
  assert.notEqual(await cited("4711"), await cited("4712"));
});

test("what the policy named is shown letter by letter, and never run", async () => {
  const { report } = await compile({ regime: "eu-gdpr-44" });
  const hostile: Report = JSON.parse(
    JSON.stringify(report).replaceAll("scc-2021-914-m2", "<script>alert(1)</script>&'\\\""),
  ) as Report;
  const page = reportPage(hostile);
  assert.doesNotMatch(page, /<script/);
  assert.match(page, /&#60;script&#62;alert\(1\)&#60;\/script&#62;&#38;&#39;&#34;/);
  assert.doesNotMatch(page, / (?:src|href)="(?!#)/);
});

/** How many transfers are in which state. */
async function states(peers: readonly LogFiles[]): Promise<unknown> {
  const { table } = section(await compile({ regime: "eu-gdpr-44", peers }), "reconciliation");
  return table?.rows.map(({ cells }) => [cells[0], cells[2]]);
}

async function counted(fromMs: number, toMs: number): Promise<unknown> {
  return fact(section(await compile({ fromMs, toMs }), "volume"), "requests");
}
