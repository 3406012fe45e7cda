// Google's audit log held against a ledger, in numbers: no entry of the one is known to be about an attempt of the other.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { EndpointId } from "../src/base/index.ts";
import type { OutcomeEntry, WrittenEntry } from "../src/ledger/index.ts";
import type { CallCounts } from "../src/operate/index.ts";
import { command } from "./support/command.ts";
import {
  answeredAttempt,
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  requestId,
} from "./support/ledger-entries.ts";
import { signerFrom } from "./support/ledger-crypto.ts";
import { writeLog } from "./support/worm-storage.ts";

const hourMs = 3_600_000;
/** Ten in the morning, long before any run of these tests. */
const startMs = Date.UTC(2026, 10, 20, 10);

let directory: string;
let config: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  config = join(directory, "cell.yaml");
  writeFileSync(
    join(directory, "policy.yaml"),
    `
bailiwick: 1
deployment: reconcile.example
law: { packs: [eu-gdpr] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: http://127.0.0.1, operator: rhein-cloud } }
endpoints:
  belgium: { cell: eu-frankfurt, engine: vertex, provider: vertex, region: europe-west1, url: "https://europe-west1-aiplatform.googleapis.com/v1/projects/acme-ai", support: DE }
models:
  assistant: { served-by: { belgium: gemini-3-pro } }
tenants:
  shop: { established: DE, subjects: [DE], class: personal, keys: { main: { sha256: ${"a".repeat(64)} } } }
`,
  );
  writeFileSync(
    config,
    "bailiwick-cell: 1\ncell: eu-frankfurt\npolicy: policy.yaml\nstate: state\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n",
  );
  const entries = [openedEntry(0, 1), ...attemptsAt([5, 65, 66, 125])];
  writeLog(join(directory, "state/ledger/log/2026-11"), {
    entries,
    signer: signerFrom(1, origin),
    sealedAt: [entries.length],
  });
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** A decision and its outcome for each of these minutes. */
function attemptsAt(minutes: readonly number[]): readonly WrittenEntry[] {
  return minutes.flatMap((minute, number) => {
    const decision = 1 + 2 * number;
    const rid = requestId(decision);
    const outcome: OutcomeEntry = {
      ...outcomeEntry(decision + 1, decision, rid),
      ts: startMs + minute * 60_000,
      durationMs: 2_000,
      attempts: [{ ...answeredAttempt(), endpoint: "belgium" as EndpointId, requestId: `answer-${minute}` }],
    };
    return [decisionEntry(decision, rid), outcome];
  });
}

/** As a sink of Cloud Logging writes it. */
function entry(minute: number, { location = "europe-west1", ...more }: Entry = {}): object {
  const timestamp = new Date(startMs + minute * 60_000).toISOString().replace("Z", "468025Z");
  return {
    insertId: `${location}-${minute}`,
    logName: "projects/acme-ai/logs/cloudaudit.googleapis.com%2Fdata_access",
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      serviceName: "aiplatform.googleapis.com",
      methodName: "google.cloud.aiplatform.v1.PredictionService.GenerateContent",
      authenticationInfo: { principalEmail: "gateway@acme-ai.iam.gserviceaccount.com" },
      requestMetadata: { callerIp: "198.51.100.7" },
      resourceName: `projects/acme-ai/locations/${location}/publishers/google/models/gemini-3-pro`,
    },
    receiveTimestamp: timestamp,
    timestamp,
    ...more,
  };
}

interface Entry {
  readonly location?: string;
  readonly insertId?: string;
  readonly timestamp?: string;
}

async function reconcile(
  entries: readonly object[],
): Promise<{ readonly code: number; readonly found: CallCounts }> {
  const file = join(directory, "S0.json.gz");
  writeFileSync(file, gzipSync(entries.map((each) => `${JSON.stringify(each)}\n`).join("")));
  const { code, stdout, stderr } = await command(
    "reconcile",
    "vertex-audit",
    file,
    "--config",
    config,
    "--json",
  );
  assert.ok(stdout !== "", stderr);
  return { code, found: JSON.parse(stdout) as CallCounts };
}

const asServed = [5, 65, 66, 125].map((minute) => entry(minute));

test("a log that has as many calls of each hour as the ledger has attempts shows nothing, and corrects nothing", async () => {
  const { code, found } = await reconcile(asServed);
  assert.deepEqual([code, found.callCount, found.surplusCount, found.missingCount], [0, 4, 0, 0]);
  assert.deepEqual(found.locations, [
    { location: "europe-west1", places: ["BE"], callCount: 4, isOurs: true },
  ]);
  const { stdout } = await command("ledger", "show", join(directory, "state/ledger"), "--json");
  assert.doesNotMatch(stdout, /"t":"correction"/);
});

test("calls of an hour beyond its attempts went past the gateway: how many at least is told, and not which", async () => {
  const { code, found } = await reconcile([...asServed, entry(67), entry(68)]);
  assert.deepEqual([code, found.surplusCount, found.hourCount], [1, 2, 1]);
  assert.deepEqual(found.hours, [
    {
      location: "europe-west1",
      startMs: startMs + hourMs,
      loggedCount: 4,
      attemptCount: 2,
      surplusCount: 2,
      missingCount: 0,
    },
  ]);
});

test("each call at a location that no endpoint calls is nobody's, and its places are told", async () => {
  const elsewhere = [entry(70, { location: "us-central1" }), entry(71, { location: "global" })];
  const { code, found } = await reconcile([...asServed, ...elsewhere]);
  assert.deepEqual([code, found.surplusCount], [1, 2]);
  assert.deepEqual(found.locations.slice(1), [
    { location: "us-central1", places: ["US"], callCount: 1, isOurs: false },
    { location: "global", places: null, callCount: 1, isOurs: false },
  ]);
  const file = join(directory, "list.json");
  writeFileSync(file, JSON.stringify({ entries: [...asServed, ...elsewhere] }));
  const { stdout } = await command("reconcile", "vertex-audit", file, "--config", config);
  assert.match(stdout, /global +unknown +1 +no\n/);
  assert.match(stdout, /2026-11-20T11:00:00\.000Z +us-central1 +1 +0 +1 +0\n/);
  assert.match(stdout, /Somebody called past the gateway, or by another cell$/m);
});

test("attempts of which the log says nothing are counted in an hour that it covers whole", async () => {
  const { code, found } = await reconcile([entry(5), entry(65), entry(125)]);
  assert.deepEqual([code, found.surplusCount, found.missingCount], [0, 0, 1]);
});

test("an entry that is there twice is one call, and one that Google refused is none", async () => {
  const denied = entry(67);
  const payload = { ...(denied as { readonly protoPayload: object }).protoPayload, status: { code: 7 } };
  const { code, found } = await reconcile([...asServed, ...asServed, { ...denied, protoPayload: payload }]);
  assert.deepEqual([code, found.repeatedCount, found.refusedCount, found.surplusCount], [0, 4, 1, 0]);
});

test("calls of the hour that is not over are not compared: attempts of theirs may be under way", async () => {
  const timestamp = new Date().toISOString();
  const { code, found } = await reconcile([...asServed, entry(0, { insertId: "now", timestamp })]);
  assert.deepEqual([code, found.recentCount, found.surplusCount], [0, 1, 0]);
});

test("a log that is cut is told with what came before, and a file of another log is refused", async () => {
  const file = join(directory, "cut.json");
  writeFileSync(file, JSON.stringify(asServed).slice(0, -10));
  const cut = await command("reconcile", "vertex-audit", file, "--config", config, "--json");
  assert.equal(cut.code, 2);
  assert.match(cut.stderr, /cut\.json`: .*ends in the middle of a record; 3 records before it are counted: /);
  assert.equal((JSON.parse(cut.stdout) as CallCounts).callCount, 3);
  writeFileSync(file, JSON.stringify({ category: "Audit" }));
  const other = await command("reconcile", "vertex-audit", file, "--config", config);
  assert.deepEqual(
    [other.code, /none of its 1 records is of a `vertex-audit`/.test(other.stderr)],
    [2, true],
  );
});
