// What it costs to hold a provider's log against the ledger: `node bench/reconcile.ts [records]` prints one JSON row. A
// third of the entries of a log are outcomes; CloudTrail tells of each of their calls, compressed, in one file. What is
// found is not recorded: to append is `bench:ledger`'s matter.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { EndpointId, Place } from "../src/base/index.ts";
import type { WrittenEntry } from "../src/ledger/index.ts";
import { AttemptTable, providerLogs, readRecords, Reconciler } from "../src/operate/index.ts";
import { maxCorrections } from "../src/privacy/index.ts";
import { openLogDirectory } from "../src/store/index.ts";
import { mixedEntry, writeLargeLog } from "./large-log.ts";

const recordCount = Number(process.argv[2] ?? 1_000_000);
const startMs = Date.UTC(2026, 10, 1);

const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-reconcile-"));
try {
  const log = join(directory, "log/2026-11");
  writeLargeLog(log, 3 * recordCount + 1, namedEntry);
  const trail = join(directory, "trail.json.gz");
  await pipeline(Readable.from(trailText()), createGzip({ level: 1 }), createWriteStream(trail));
  await measure(trail);
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(trail: string): Promise<void> {
  const [cloudtrail] = providerLogs;
  if (cloudtrail === undefined) throw new TypeError("there are no logs");
  const endpoints = new Set(Array.from({ length: 4 }, (_, number) => `fra-${number}` as EndpointId));
  const table = new AttemptTable(() => openLogDirectory(directory), endpoints);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let [tableSeconds, mostRssMiB] = [0, 0];
  const reconciler = new Reconciler({
    log: cloudtrail,
    scopes: ["eu"],
    placesOf: () => ["DE" as Place],
    table,
    async catchUp() {
      await table.catchUp(() => undefined);
      tableSeconds ||= (performance.now() - startedAt) / 1_000;
    },
    batchSize: maxCorrections,
    record: async () => [],
    published: async () => undefined,
  });
  for await (const records of readRecords(createReadStream(trail), cloudtrail.wrapper)) {
    await reconciler.take(records);
    mostRssMiB = Math.max(mostRssMiB, process.memoryUsage.rss() / 2 ** 20);
  }
  const found = await reconciler.finish();
  table.close();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      bench: "reconcile",
      records: found.recordCount,
      matched: found.matchedCount,
      seconds: round(seconds),
      ledgerSeconds: round(tableSeconds),
      cpuSeconds: round((user + system) / 1e6),
      recordsPerMinute: Math.round((found.recordCount / (seconds - tableSeconds)) * 60),
      mostRssMiB: Math.round(mostRssMiB),
      loadAverage: round(loadavg()[0] ?? 0),
    }),
  );
}

/** As of the other benches, with a name for each call. */
function namedEntry(at: number): WrittenEntry {
  const entry = mixedEntry(at);
  if (entry.t !== "outcome") return entry;
  const attempts = entry.attempts.map((attempt) => ({ ...attempt, requestId: callOf((at - 2) / 3) }));
  return { ...entry, attempts };
}

function callOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

function* trailText(): Generator<string> {
  yield '{"Records":[';
  for (let number = 0; number < recordCount; number++) {
    const record = {
      eventVersion: "1.11",
      userIdentity: { type: "AssumedRole", principalId: "AROAEXAMPLE:gateway", accountId: "111122223333" },
      eventTime: new Date(startMs + number * 2_000).toISOString(),
      eventSource: "bedrock.amazonaws.com",
      eventName: "Converse",
      awsRegion: "eu-central-1",
      sourceIPAddress: "198.51.100.7",
      userAgent: "bailiwick",
      requestParameters: { modelId: "eu.some-model-v1:0" },
      responseElements: null,
      additionalEventData: { inferenceRegion: "eu-north-1" },
      requestID: callOf(number),
      eventID: callOf(number),
      readOnly: true,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "111122223333",
      eventCategory: "Management",
      tlsDetails: { clientProvidedHostHeader: "bedrock-runtime.eu-central-1.amazonaws.com" },
    };
    yield `${number === 0 ? "" : ","}${JSON.stringify(record)}`;
  }
  yield "]}";
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
