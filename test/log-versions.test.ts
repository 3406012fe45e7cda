// Logs that earlier releases have written (test/testdata/logs) are read by this one, alone and together.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { monotonicNow } from "../src/clock/index.ts";
import { nodeFileSystem } from "../src/disk/index.ts";
import {
  type Entry,
  parseEntry,
  parseTrustPolicy,
  type TrustPolicy,
  verifyLedger,
} from "../src/ledger/index.ts";
import { openLogDirectory, type PublishedLog } from "../src/store/index.ts";
import { RotatingLog } from "../src/store/month/rotating-log.ts";
import { sha256, verifyEd25519 } from "./support/ledger-crypto.ts";
import { MonthKeys } from "./support/month-keys.ts";
import { testLogOptions } from "./support/open-test-log.ts";

const folder = join(import.meta.dirname, "testdata", "logs");
const trust = readTrust();
const scratch = mkdtempSync(join(tmpdir(), "bailiwick-versions-"));
after(() => rmSync(scratch, { recursive: true }));

const newestVersion = 3;
const kindsOfV1 =
  "access closed decision disclosure erasure fork hold import key legal opened outcome retention transfer violation worm";
const kindsOfV2 = [...kindsOfV1.split(" "), "correction", "policy", "quarantine", "release"];

for (const { name, versions, kinds } of [
  { name: "v1", versions: [1], kinds: kindsOfV1.split(" ") },
  { name: "mixed", versions: [1, 2], kinds: null },
  {
    name: "v2",
    versions: [2],
    kinds: kindsOfV2,
  },
  { name: "v3", versions: [3], kinds: kindsOfV2 },
]) {
  test(`the log \`${name}\` that an earlier release wrote verifies`, async () => {
    const log = await logIn(name);
    assert.deepEqual(await faultsOf([log]), []);
    const entries = await entriesOf(log);
    // They never go down, so each comes in one run.
    assert.deepEqual(Array.from(new Set(entries.map(({ v }) => v))), versions);
    // The last month is still in use, so nothing has closed it.
    const found = new Set(entries.map(({ t }) => t)).add("closed");
    if (kinds !== null) assert.deepEqual(Array.from(found).toSorted(), kinds.toSorted());
  });
}

test("logs of both versions follow each other, from the first one's key on", async () => {
  const logs = await Promise.all(["v1", "mixed", "v2"].map(logIn));
  const [first] = trust.logs;
  assert.ok(first);
  assert.deepEqual(await faultsOf(logs, { ...trust, logs: [first] }), []);
});

for (const { name, version, nowMs } of [
  { name: "begun", version: 1, nowMs: Date.UTC(2026, 10, 20) },
  { name: "begun-2", version: 2, nowMs: Date.UTC(2026, 11, 20) },
]) {
  test(`a month that was begun in version ${version} goes on in the newest one, also where a request was under way`, async () => {
    const directory = join(scratch, name);
    cpSync(join(folder, name), directory, { recursive: true });
    const logs = await RotatingLog.open({
      ...testLogOptions({ fileSystem: nodeFileSystem, directory }),
      keys: new MonthKeys(),
      now: () => nowMs,
      monotonicNow,
      retentionDays: null,
      onRotation: () => {},
    });
    await logs.close();
    const [log] = await openLogDirectory(directory);
    assert.ok(log);
    assert.deepEqual(await faultsOf([log], { ...trust, quorum: { kind: "none" } }), []);
    const entries = await entriesOf(log);
    assert.deepEqual(
      entries.slice(3).map(({ t, v }) => [t, v]),
      [
        ["decision", version],
        ["opened", newestVersion],
        ["outcome", newestVersion],
      ],
    );
  });
}

function readTrust(): TrustPolicy {
  const policy = parseTrustPolicy(sha256, readFileSync(join(folder, "trust.policy")));
  assert.ok(policy.ok);
  return policy.value;
}

async function logIn(name: string): Promise<PublishedLog> {
  const [log] = await openLogDirectory(join(folder, name));
  return log ?? assert.fail(`there is no log \`${name}\``);
}

async function faultsOf(logs: readonly PublishedLog[], trusted: TrustPolicy = trust): Promise<string[]> {
  const readers = logs.map(({ reader }) => reader);
  const report = await verifyLedger({ readers, trust: trusted, sha256, verifyEd25519 });
  return report.logs.flatMap(({ problems }) => problems.map(({ kind, reason }) => `${kind}: ${reason}`));
}

async function entriesOf(log: PublishedLog): Promise<readonly Entry[]> {
  const size = (await log.readCheckpoint())?.size ?? 0;
  const entries: Entry[] = [];
  for await (const { bytes } of log.readEntries(0, size - 1)) {
    const entry = parseEntry(bytes);
    assert.ok(entry.ok);
    entries.push(entry.value);
  }
  return entries;
}
