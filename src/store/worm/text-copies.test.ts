// The texts of policies go into locked storage with the anchor that covers the entries that name them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openedEntry, origin, policyEntry, refusalEntry } from "../../../test/support/ledger-entries.ts";
import { logSigner } from "../../../test/support/open-test-log.ts";
import {
  hasRadosGateway,
  type RadosGateway,
  radosGatewayMissing,
  startRadosGateway,
} from "../../../test/support/rados-gateway.ts";
import { makeBucket, type TestBucket, writeLog } from "../../../test/support/worm-storage.ts";
import { encodeUtf8, type EntryIndex, toHex } from "../../base/index.ts";
import { nodeFileSystem } from "../../disk/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { type PolicyEntry, verifyLog, type Written } from "../../ledger/index.ts";
import { openBucket } from "./bucket.ts";
import { type BucketLog, openBucketLogs } from "./bucket-logs.ts";
import { Copier } from "./copier.ts";

const startMs = 1_795_000_000_000;
const hourMs = 3_600_000;
const directory = mkdtempSync(join(tmpdir(), "bailiwick-texts-"));
const log = join(directory, "ledger", "log", "2026-11");
after(() => rmSync(directory, { recursive: true }));

describe("in a bucket that locks", { skip: hasRadosGateway() ? false : radosGatewayMissing }, () => {
  let gateway: RadosGateway;
  before(async () => {
    gateway = await startRadosGateway();
  });
  after(() => gateway.stop());

  test("a log's texts are stored once each, whichever anchor they come with, also after a start", async () => {
    const bucket = await makeBucket(gateway);
    const first = keep(1, "id: eu-gdpr");
    writeLog(log, { entries: [openedEntry(0, 1), first], signer: logSigner, sealedAt: [2] });
    await copyAll(bucket, startMs);
    assert.deepEqual(await faultsOf(bucket), []);
    const entries = [openedEntry(0, 1), first, refusalEntry(2), keep(3, "id: eu-gdpr, version 2")];
    writeLog(log, { entries, signer: logSigner, sealedAt: [2, 4] });
    await copyAll(bucket, startMs + hourMs);
    assert.deepEqual(await faultsOf(bucket), []);
    const { reader, touched } = await copyOf(bucket);
    assert.deepEqual(touched, []);
    assert.equal((await reader.list("policies")).length, 2);
    bucket.close();
  });

  test("an anchor that a clock 400 days ahead has dated does not stop the copies for 400 days", async () => {
    rmSync(directory, { recursive: true });
    const bucket = await makeBucket(gateway);
    writeLog(log, { entries: [openedEntry(0, 1)], signer: logSigner, sealedAt: [1] });
    await copyAll(bucket, startMs + 400 * 24 * hourMs);
    const entries = [openedEntry(0, 1), keep(1, "id: eu-gdpr")];
    writeLog(log, { entries, signer: logSigner, sealedAt: [1, 2] });
    await copyAll(bucket, startMs + hourMs);
    assert.deepEqual(await faultsOf(bucket), []);
    assert.equal((await (await copyOf(bucket)).reader.list("policies")).length, 1);
    bucket.close();
  });
});

/** The text lies beside the log, and the entry names it. */
function keep(number: number, words: string): Written<PolicyEntry> {
  const bytes = encodeUtf8(words);
  const hash = toHex(sha256(bytes));
  mkdirSync(join(log, "policies"), { recursive: true });
  writeFileSync(join(log, "policies", hash), bytes);
  return { ...policyEntry(number), texts: [{ name: "packs/eu-gdpr.yaml", hash }], textCount: 1 };
}

async function copyAll(bucket: TestBucket, nowMs: number): Promise<void> {
  const copier = new Copier({
    fileSystem: nodeFileSystem,
    bucket: await openBucket(bucket.address, 1),
    prefix: "",
    ledgerDirectory: join(directory, "ledger"),
    directory: join(directory, "worm"),
    retentionDays: 1,
    anchorIntervalMs: hourMs,
    record: ({ log: { size } }) => Promise.resolve({ origin, index: size as EntryIndex }),
  });
  let passes = 0;
  while (await copier.pass(nowMs)) assert.ok(passes++ < 100, "it does not end");
  assert.equal(copier.state().status, "copying");
  await copier.close();
}

async function copyOf(bucket: TestBucket): Promise<BucketLog> {
  const [copy] = await openBucketLogs(bucket.address, "");
  return copy ?? assert.fail("the bucket has no log");
}

async function faultsOf(bucket: TestBucket): Promise<unknown> {
  const { reader } = await copyOf(bucket);
  const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" } } as const;
  return (await verifyLog({ reader, trust, sha256, verifyEd25519 })).problems;
}
