// The copies as they are in real storage: Ceph's RADOS gateway, which enforces what COMPLIANCE promises.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { logSigner } from "../../../test/support/open-test-log.ts";
import {
  decisionEntry,
  lifecycleEntries,
  openedEntry,
  origin,
  outcomeEntry,
} from "../../../test/support/ledger-entries.ts";
import {
  hasRadosGateway,
  type RadosGateway,
  radosGatewayMissing,
  startRadosGateway,
} from "../../../test/support/rados-gateway.ts";
import { makeBucket, openLine, type TestBucket, writeLog } from "../../../test/support/worm-storage.ts";
import type { EntryIndex, InstantMs } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { type WrittenEntry, type LogReport, verifyLog } from "../../ledger/index.ts";
import { type FileSystem, nodeFileSystem } from "../../disk/file-system.ts";
import { urlLog } from "../read/url-log.ts";
import { openBucket } from "./bucket.ts";
import { type BucketLog, openBucketLogs } from "./bucket-logs.ts";
import { Copier, lockedUntil } from "./copier.ts";
import type { AnchoredCopy } from "./copy-state.ts";

const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" } } as const;
const hourMs = 3_600_000;
const startMs = 1_795_000_000_000;
const shardPrefix = `${origin}/`;

const root = mkdtempSync(join(tmpdir(), "bailiwick-worm-"));
after(() => rmSync(root, { recursive: true }));

/** Decisions with their outcomes, after the opening. */
function entriesUpTo(size: number): WrittenEntry[] {
  return Array.from({ length: size }, (_, index) => {
    if (index === 0) return openedEntry(0, 1);
    const decision = decisionEntry(index % 2 === 1 ? index : index - 1);
    return index % 2 === 1 ? decision : outcomeEntry(index, index - 1, decision.rid);
  });
}

class Cell {
  readonly directory = mkdtempSync(join(root, "cell-"));
  readonly recorded: AnchoredCopy[] = [];
  readonly #entries = entriesUpTo(3000);
  readonly #sealedAt: number[] = [];
  readonly #copiers: Copier[] = [];

  grow(...sizes: readonly number[]): void {
    this.#sealedAt.push(...sizes);
    this.#write(this.#entries);
  }

  /** The month is over: the log ends at `size`, and the next month's has begun. */
  close(size: number): void {
    const [closed] = lifecycleEntries(size);
    if (closed === undefined) throw new Error("no entry `closed`");
    this.#sealedAt.push(size);
    this.#write([...this.#entries.slice(0, size - 1), closed]);
    writeLog(join(this.directory, "ledger", "log", "2026-12"), {
      entries: [openedEntry(0, 1)],
      signer: logSigner,
      sealedAt: [1],
    });
  }

  async copier(address: TestBucket["address"], fileSystem: FileSystem = nodeFileSystem): Promise<Copier> {
    const copier = new Copier({
      fileSystem,
      bucket: await openBucket(address, 1),
      prefix: "",
      ledgerDirectory: join(this.directory, "ledger"),
      directory: join(this.directory, "worm"),
      retentionDays: 1,
      anchorIntervalMs: hourMs,
      record: (copy) => {
        this.recorded.push(copy);
        return Promise.resolve({ origin, index: copy.log.size as EntryIndex });
      },
    });
    this.#copiers.push(copier);
    return copier;
  }

  async stop(): Promise<void> {
    for (const copier of this.#copiers) await copier.close();
  }

  #write(entries: readonly WrittenEntry[]): void {
    const directory = join(this.directory, "ledger", "log", "2026-11");
    writeLog(directory, { entries, signer: logSigner, sealedAt: this.#sealedAt });
  }
}

async function copyAll(copier: Copier, nowMs: InstantMs = startMs): Promise<void> {
  let passes = 0;
  while (await copier.pass(nowMs)) assert.ok(passes++ < 100, "it does not end");
}

async function readBack(bucket: TestBucket): Promise<{ log: BucketLog; report: LogReport }> {
  const logs = await openBucketLogs(bucket.address, "");
  const log = logs.find(({ directory }) => directory.endsWith(origin));
  assert.ok(log, "the bucket has no such log");
  return { log, report: await verifyLog({ reader: log.reader, trust, sha256, verifyEd25519 }) };
}

/** As an auditor may serve what was downloaded: files under their names, and nothing else. */
async function verifyOverHttp(bucket: TestBucket): Promise<{ size: number | undefined; problems: unknown }> {
  const { client, address } = bucket;
  const server = createServer((request, response) => {
    const Key = `${shardPrefix}${(request.url ?? "/").slice(1)}`;
    client
      .send(new GetObjectCommand({ Bucket: address.bucket, Key }))
      .then(({ Body: body }) => body?.transformToByteArray())
      .then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { reader } = urlLog(`http://127.0.0.1:${portOf(server)}`);
    const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
    return { size: report.checkpoint?.size, problems: report.problems };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

describe("in a bucket that locks", { skip: hasRadosGateway() ? false : radosGatewayMissing }, () => {
  let gateway: RadosGateway;
  before(async () => {
    gateway = await startRadosGateway();
  });
  after(() => gateway.stop());

  test("a log is verified from its copies alone, and an anchor says what they are", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(1, 300, 700);
    const copier = await cell.copier(bucket.address);
    await copyAll(copier);

    const { report, log } = await readBack(bucket);
    assert.deepEqual(report.problems, []);
    assert.equal(report.checkpoint?.size, 700);
    assert.deepEqual(log.touched, []);
    const [anchored, ...more] = cell.recorded;
    assert.deepEqual(more, []);
    assert.equal(anchored?.log.size, 700);
    // Two full bundles and tiles, three partial files, the checkpoint.
    assert.equal(anchored.objects, 8);
    assert.equal(anchored.until, Date.UTC(2026, 11, 2));
    assert.deepEqual(copier.state(), {
      status: "copying",
      refusal: null,
      behindEntries: 0,
      lagMs: 0,
      objectCount: 9,
    });
    await cell.stop();
    bucket.close();
  });

  test("between anchors full files are copied, and the rest when the next one is due", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300);
    const copier = await cell.copier(bucket.address);
    await copyAll(copier);
    cell.grow(900);
    await copyAll(copier, startMs + hourMs - 1);
    assert.equal(copier.state().behindEntries, 900 - 768);
    assert.equal((await readBack(bucket)).report.checkpoint?.size, 300);
    await copyAll(copier, startMs + hourMs);
    assert.equal(copier.state().behindEntries, 0);
    assert.equal((await readBack(bucket)).report.checkpoint?.size, 900);
    // What an anchor appends is no reason for the next one, or an idle log would grow for ever.
    cell.grow(901);
    await copyAll(copier, startMs + 2 * hourMs);
    assert.deepEqual(
      cell.recorded.map(({ log }) => log.size),
      [300, 900],
    );
    await cell.stop();
    bucket.close();
  });

  test("whoever holds the credentials can lift no lock", async (t) => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300);
    await copyAll(await cell.copier(bucket.address));
    const { client, address } = bucket;
    const { Versions: versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: address.bucket }),
    );
    assert.ok(versions.length >= 7);
    const soon = new Date(Date.now() + 60_000);
    const until = new Date(lockedUntil("2026-11", 1));
    for (const { Key: key, VersionId } of versions) {
      const object = { Bucket: address.bucket, Key: key, VersionId };
      const bypassed = { ...object, BypassGovernanceRetention: true };
      const attempts = {
        delete: () => client.send(new DeleteObjectCommand(object)),
        "bypass governance": () => client.send(new DeleteObjectCommand(bypassed)),
        shorten: () =>
          client.send(
            new PutObjectRetentionCommand({
              ...bypassed,
              Retention: { Mode: "COMPLIANCE", RetainUntilDate: soon },
            }),
          ),
        downgrade: () =>
          client.send(
            new PutObjectRetentionCommand({
              ...bypassed,
              Retention: { Mode: "GOVERNANCE", RetainUntilDate: until },
            }),
          ),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        const failure = await attempt().then(
          () => null,
          (error: unknown) => error as { readonly name: string },
        );
        assert.equal(failure?.name, "AccessDenied", `${name} of ${key}`);
      }
      const head = await client.send(new HeadObjectCommand(object));
      assert.equal(head.ObjectLockMode, "COMPLIANCE");
      assert.equal(head.ObjectLockRetainUntilDate?.getTime(), until.getTime());
    }
    t.diagnostic(`${versions.length} objects, four ways each: all refused`);
    await cell.stop();
    bucket.close();
  });

  test("what an attacker writes over the copies and hides is named, and changes nothing", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300, 700);
    await copyAll(await cell.copier(bucket.address));
    await bucket.overwrite(`${shardPrefix}tile/entries/000`, "nothing of interest");
    await bucket.overwrite(`${shardPrefix}checkpoints/700`, "nothing of interest");
    await bucket.overwrite(`${shardPrefix}manifests/00000000`, "nothing of interest");
    await bucket.overwrite(`${shardPrefix}checkpoints/999`, "a larger one");
    await bucket.hide(`${shardPrefix}tile/0/001`);

    const { report, log } = await readBack(bucket);
    assert.deepEqual(report.problems, []);
    assert.equal(report.checkpoint?.size, 700);
    assert.deepEqual(log.touched, [
      { path: "checkpoints/700", versionCount: 2, deleteMarkerCount: 0, isAltered: true },
      { path: "manifests/00000000", versionCount: 2, deleteMarkerCount: 0, isAltered: true },
      { path: "tile/0/001", versionCount: 1, deleteMarkerCount: 1, isAltered: false },
      { path: "tile/entries/000", versionCount: 2, deleteMarkerCount: 0, isAltered: true },
    ]);
    await cell.stop();
    bucket.close();
  });

  test("a key that was taken before us is told apart by the manifest", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    await bucket.overwrite(`${shardPrefix}tile/entries/000`, "first come");
    cell.grow(300);
    await copyAll(await cell.copier(bucket.address));
    const { report, log } = await readBack(bucket);
    assert.deepEqual(report.problems, []);
    assert.deepEqual(
      log.touched.map(({ path }) => path),
      ["tile/entries/000"],
    );
    await cell.stop();
    bucket.close();
  });

  test("an outage is made up for, and nothing is stored twice", async () => {
    const [cell, bucket, line] = [new Cell(), await makeBucket(gateway), await openLine(gateway)];
    cell.grow(300);
    const copier = await cell.copier({ ...bucket.address, endpoint: line.endpoint });
    await copyAll(copier);
    cell.grow(2048);
    line.cut();
    const alarmMs = startMs + 400_000;
    assert.equal(await copier.pass(alarmMs), false);
    const { status, behindEntries, lagMs } = copier.state();
    assert.deepEqual({ status, behindEntries }, { status: "failing", behindEntries: 2048 - 300 });
    // Entry 511 filled the first bundle that is missing.
    assert.equal(lagMs, alarmMs - (startMs + 511));
    line.mend();
    await copyAll(copier, startMs + hourMs);
    assert.equal(copier.state().status, "copying");
    assert.equal(copier.state().behindEntries, 0);
    const { report } = await readBack(bucket);
    assert.deepEqual([report.checkpoint?.size, report.problemCount], [2048, 0]);
    assert.deepEqual(
      Array.from(await bucket.versions()).filter(([, count]) => count > 1),
      [],
    );
    await line.close();
    await cell.stop();
    bucket.close();
  });

  test("a crash at any sync of the manifest loses no copy and makes none twice", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300, 700);
    let crashes = 0;
    for (let survived = 0; cell.recorded.length === 0; survived++) {
      const copier = await cell.copier(bucket.address, failingAfter(survived));
      await copyAll(copier);
      if (copier.state().status === "stopped") crashes++;
    }
    assert.ok(crashes >= 3, `only ${crashes} crashes`);
    const { report } = await readBack(bucket);
    assert.deepEqual([report.checkpoint?.size, report.problemCount], [700, 0]);
    assert.deepEqual(
      Array.from(await bucket.versions()).filter(([, count]) => count > 1),
      [],
    );
    await cell.stop();
    bucket.close();
  });

  test("a cell that lost its manifests finds its copies again, and goes on", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300, 700);
    await copyAll(await cell.copier(bucket.address));
    rmSync(join(cell.directory, "worm"), { recursive: true });
    cell.grow(1400);
    await copyAll(await cell.copier(bucket.address));
    const { report } = await readBack(bucket);
    assert.deepEqual([report.checkpoint?.size, report.problems], [1400, []]);
    assert.deepEqual(
      Array.from(await bucket.versions()).filter(([, count]) => count > 1),
      [[`${shardPrefix}manifests/00000000`, 2]],
    );
    await cell.stop();
    bucket.close();
  });

  test("a month that is over is copied to its end, with a checkpoint for any HTTP server, and then left alone", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway)];
    cell.grow(300);
    await copyAll(await cell.copier(bucket.address));
    cell.close(402);
    await copyAll(await cell.copier(bucket.address));
    const keys = await bucket.versions();
    assert.equal(keys.get(`${shardPrefix}checkpoint`), 1);
    const { report } = await readBack(bucket);
    assert.deepEqual([report.checkpoint?.size, report.problemCount], [402, 0]);
    assert.deepEqual(await verifyOverHttp(bucket), { size: 402, problems: [] });
    const again = await cell.copier(bucket.address);
    await copyAll(again, startMs + hourMs);
    assert.equal(again.state().objectCount, 0);
    await cell.stop();
    bucket.close();
  });

  test("a bucket without object lock is refused before anything is stored", async () => {
    const [cell, bucket] = [new Cell(), await makeBucket(gateway, false)];
    cell.grow(300);
    const copier = await cell.copier(bucket.address);
    assert.equal(await copier.pass(startMs), false);
    assert.equal(copier.state().status, "refused");
    assert.equal(copier.state().refusal, "no_object_lock");
    assert.equal((await bucket.versions()).size, 0);
    await cell.stop();
    bucket.close();
  });
});

test("a service that takes the lock and does not apply it is refused after one object", async (t) => {
  const stored: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "PUT") stored.push(request.url ?? "");
    response.setHeader("x-amz-version-id", "v1");
    const isLockQuestion = request.url?.includes("?object-lock") ?? false;
    response.end(isLockQuestion ? lockConfiguration : undefined);
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const cell = new Cell();
  cell.grow(1);
  const copier = await cell.copier({
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    region: "us-east-1",
    bucket: "liar",
    accessKeyId: "any",
    secretAccessKey: "any",
  });
  await copyAll(copier);
  assert.equal(copier.state().refusal, "lock_not_applied");
  assert.equal(await copier.pass(startMs), false);
  assert.equal(stored.length, 1);
  await cell.stop();
});

const lockConfiguration =
  '<?xml version="1.0"?><ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';

/** Fails at the sync after `survived` ones, and at all later: as a crash, but that we can look at what is left. */
function failingAfter(survived: number): FileSystem {
  let syncs = 0;
  return {
    ...nodeFileSystem,
    create: async (path, mode) => {
      const file = await nodeFileSystem.create(path, mode);
      return {
        ...file,
        datasync: () => {
          if (syncs++ < survived) return file.datasync();
          return Promise.reject(Object.assign(new Error("EIO"), { code: "EIO", syscall: "fdatasync" }));
        },
      };
    },
  };
}
