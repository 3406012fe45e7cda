// What it costs to hold a provider's log against the ledger: `node bench/reconcile.ts [records] [kind]` prints one JSON row.
// A third of the entries of a log are outcomes; the provider's log tells of each of their calls, compressed, in one file.
// What is found is not recorded: to append is `bench:ledger`'s matter.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { EndpointId, Place } from "../src/base/index.ts";
import type { WrittenEntry } from "../src/ledger/index.ts";
import {
  AttemptTable,
  CallCounter,
  type JoinedLog,
  type ProviderLog,
  providerLogs,
  readRecords,
  Reconciler,
} from "../src/operate/index.ts";
import { maxCorrections } from "../src/privacy/index.ts";
import { openLogDirectory } from "../src/store/index.ts";
import { mixedEntry, writeLargeLog } from "./large-log.ts";

const recordCount = Number(process.argv[2] ?? 1_000_000);
const kind = process.argv[3] ?? "cloudtrail";
const startMs = Date.UTC(2026, 10, 1);
const places = ["DE" as Place];
const endpoints = Array.from({ length: 4 }, (_, number) => `fra-${number}` as EndpointId);

const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-reconcile-"));
try {
  const log = providerLogs.find(({ name }) => name === kind);
  if (log === undefined) throw new TypeError(`there is no log \`${kind}\``);
  writeLargeLog(join(directory, "log/2026-11"), 3 * recordCount + 1, namedEntry);
  const file = join(directory, "log.json.gz");
  await pipeline(Readable.from(logText(log)), createGzip({ level: 1 }), createWriteStream(file));
  await measure(file, log);
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(file: string, log: ProviderLog): Promise<void> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let mostRssMiB = 0;
  const { taker, finish } = isJoined(log) ? joining(log) : counting(log);
  for await (const records of readRecords(createReadStream(file), log.wrapper)) {
    await taker.take(records);
    mostRssMiB = Math.max(mostRssMiB, process.memoryUsage.rss() / 2 ** 20);
  }
  const { records, matched, tableSeconds } = await finish();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      bench: "reconcile",
      kind,
      records,
      matched,
      seconds: round(seconds),
      ledgerSeconds: round(tableSeconds),
      cpuSeconds: round((user + system) / 1e6),
      recordsPerMinute: Math.round((records / (seconds - tableSeconds)) * 60),
      mostRssMiB: Math.round(Math.max(mostRssMiB, process.memoryUsage.rss() / 2 ** 20)),
      loadAverage: round(loadavg()[0] ?? 0),
    }),
  );
}

function isJoined(log: ProviderLog): log is JoinedLog {
  return log.grade !== null;
}

interface Measured {
  readonly taker: Pick<Reconciler, "take">;
  readonly finish: () => Promise<Finished>;
}

interface Finished {
  readonly records: number;
  readonly matched: number;
  /** For reading the ledger. */
  readonly tableSeconds: number;
}

function joining(log: JoinedLog): Measured {
  const table = new AttemptTable(() => openLogDirectory(directory), new Set(endpoints));
  let tableSeconds = 0;
  const reconciler = new Reconciler({
    log,
    scopes: ["eu"],
    placesOf: () => places,
    isComputedThere: () => true,
    mayName: () => true,
    table,
    async catchUp() {
      const startedAt = performance.now();
      await table.catchUp(() => undefined);
      tableSeconds ||= (performance.now() - startedAt) / 1_000;
    },
    batchSize: maxCorrections,
    record: async () => [],
    published: async () => undefined,
  });
  return {
    taker: reconciler,
    async finish() {
      const found = await reconciler.finish();
      table.close();
      return { records: found.recordCount, matched: found.matchedCount, tableSeconds };
    },
  };
}

function counting(log: ProviderLog): Measured {
  const counter = new CallCounter({
    log,
    openLogs: () => openLogDirectory(directory),
    locations: new Map(endpoints.map((endpoint) => [endpoint, "europe-west1"])),
    placesOf: () => places,
    onProgress: () => undefined,
    now: () => startMs + 2 ** 40,
  });
  return {
    taker: counter,
    async finish() {
      const startedAt = performance.now();
      const found = await counter.finish();
      counter.close();
      const tableSeconds = (performance.now() - startedAt) / 1_000;
      return { records: found.recordCount, matched: found.callCount - found.surplusCount, tableSeconds };
    },
  };
}

/** As of the other benches, with a name and a time for each call. */
function namedEntry(at: number): WrittenEntry {
  const entry = mixedEntry(at);
  if (entry.t !== "outcome") return entry;
  const number = (at - 2) / 3;
  const attempts = entry.attempts.map((attempt) => ({ ...attempt, requestId: callOf(number) }));
  return { ...entry, ts: timeOf(number), attempts };
}

function timeOf(number: number): number {
  return startMs + number * 2_000;
}

function callOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

function* logText({ wrapper }: ProviderLog): Generator<string> {
  yield `{"${wrapper}":[`;
  for (let number = 0; number < recordCount; number++)
    yield `${number === 0 ? "" : ","}${JSON.stringify(recordOf(number))}`;
  yield "]}";
}

function recordOf(number: number): object {
  const time = new Date(timeOf(number)).toISOString();
  const id = callOf(number);
  if (kind === "azure-diagnostics") return azureRecord(id, time);
  return kind === "vertex-audit" ? vertexRecord(id, time) : trailRecord(id, time);
}

function trailRecord(id: string, time: string): object {
  return {
    eventVersion: "1.11",
    userIdentity: { type: "AssumedRole", principalId: "AROAEXAMPLE:gateway", accountId: "111122223333" },
    eventTime: time,
    eventSource: "bedrock.amazonaws.com",
    eventName: "Converse",
    awsRegion: "eu-central-1",
    sourceIPAddress: "198.51.100.7",
    userAgent: "bailiwick",
    requestParameters: { modelId: "eu.some-model-v1:0" },
    responseElements: null,
    additionalEventData: { inferenceRegion: "eu-north-1" },
    requestID: id,
    eventID: id,
    readOnly: true,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "111122223333",
    eventCategory: "Management",
    tlsDetails: { clientProvidedHostHeader: "bedrock-runtime.eu-central-1.amazonaws.com" },
  };
}

function azureRecord(id: string, time: string): object {
  return {
    Tenant: "germanywestcentral",
    callerIpAddress: "198.51.100.***",
    category: "RequestResponse",
    correlationId: id,
    durationMs: 102,
    event: "ShoeboxCallResult",
    location: "germanywestcentral",
    operationName: "ChatCompletions_Create",
    properties: JSON.stringify({ apiName: "Azure OpenAI API", modelDeploymentName: "my-deployment" }),
    resourceId: `/SUBSCRIPTIONS/${callOf(0)}/RESOURCEGROUPS/AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/ACME`,
    resultSignature: "200",
    time,
  };
}

function vertexRecord(id: string, time: string): object {
  return {
    insertId: id,
    logName: "projects/acme-ai/logs/cloudaudit.googleapis.com%2Fdata_access",
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      serviceName: "aiplatform.googleapis.com",
      methodName: "google.cloud.aiplatform.v1.PredictionService.GenerateContent",
      authenticationInfo: { principalEmail: "gateway@acme-ai.iam.gserviceaccount.com" },
      requestMetadata: { callerIp: "198.51.100.7", callerSuppliedUserAgent: "bailiwick" },
      resourceName: "projects/acme-ai/locations/europe-west1/publishers/google/models/gemini-3-pro",
    },
    resource: { type: "audited_resource", labels: { project_id: "acme-ai" } },
    severity: "INFO",
    receiveTimestamp: time,
    timestamp: time,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
