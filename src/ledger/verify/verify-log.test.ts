import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import {
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
  violationEntry,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import { signCheckpoint } from "../note/checkpoint.ts";
import { encodeEntry } from "../entry/entry-schema.ts";
import type { WrittenEntry } from "../entry/entry.ts";
import type { ProblemKind } from "./log-problem.ts";
import type { TrustPolicy } from "../note/trust-policy.ts";
import { type LogReport, verifyLog } from "./verify-log.ts";

const signer = signerFrom(1, origin);
const trust: TrustPolicy = { logs: [signer.key], witnesses: [], quorum: { kind: "none" } };

const entries: readonly WrittenEntry[] = [
  openedEntry(0, 1),
  decisionEntry(1),
  refusalEntry(2),
  outcomeEntry(3, 1, requestId(1)),
  decisionEntry(4),
  violationEntry(5, 4, requestId(4)),
  outcomeEntry(6, 4, requestId(4)),
];
const files = buildLog({ entries, signer, sealedAt: [0, 3, 7] });

test("a log that is what it says has no problem, and every part of it was looked at", async () => {
  const report = await verify(files);
  assert.deepEqual(report.problems, []);
  const { checkpoint, entryCount, tileCount, checkpointCount, openDecisionCount } = report;
  assert.deepEqual(
    [checkpoint?.size, entryCount, tileCount, checkpointCount, openDecisionCount],
    [7, 7, 1, 3, 0],
  );
});

test("an empty log that was signed as such has no problem", async () => {
  assert.deepEqual((await verify(buildLog({ entries: [], signer, sealedAt: [0] }))).problems, []);
});

test("a log of 70,000 entries with tiles on three levels has no problem, and its checks are counted", async () => {
  const refusal = encodeEntry(refusalEntry(1));
  const many = [openedEntry(0, 1), ...Array.from({ length: 69_999 }, () => refusal)];
  const files = buildLog({ entries: many, signer, sealedAt: [100, 256, 300, 66_000, 70_000] });
  const progress: number[] = [];
  const report = await verify(files, (checkedCount) => progress.push(checkedCount));
  assert.deepEqual(report.problems, []);
  // c2sp.org/tlog-tiles counts them for this size: 273 + 1, 1 + 1, 1.
  assert.deepEqual([report.entryCount, report.tileCount, report.checkpointCount], [70_000, 277, 5]);
  assert.equal(progress.at(-1), 70_000);
});

test("a changed byte is found in full tiles, in upper ones and in partial files that were kept", async () => {
  const refusal = encodeEntry(refusalEntry(1));
  const many = [openedEntry(0, 1), ...Array.from({ length: 1023 }, () => refusal)];
  const files = buildLog({ entries: many, signer, sealedAt: [100, 300, 1024] });
  for (const path of [
    "tile/0/000",
    "tile/0/001.p/44",
    "tile/1/000.p/1",
    "tile/1/000.p/4",
    "tile/entries/000.p/100",
  ]) {
    for (const at of [0, 17, 31]) await assertFaultIn(files, path, at);
  }
});

test("every byte that is flipped in any file is found, and the file is named", async () => {
  for (const [path, bytes] of files) {
    for (let at = 0; at < bytes.length; at++) await assertFaultIn(files, path, at);
  }
});

test("every file that is cut anywhere, or is missing, is found and named", async () => {
  for (const [path, bytes] of files) {
    for (let length = 0; length < bytes.length; length++) {
      const { problems } = await verify(new Map([...files, [path, bytes.subarray(0, length)]]));
      assert.ok(
        problems.some((problem) => problem.path === path),
        `${path} cut to ${length}`,
      );
    }
    if (path.includes("checkpoints/") || path.endsWith(".p/3")) continue;
    const { problems } = await verify(new Map([...files].filter(([other]) => other !== path)));
    assert.deepEqual(problems[0]?.path, path);
  }
});

test("an entry of a version that nobody here knows is told by its index, and is no damage", async () => {
  const text = decodeUtf8(encodeEntry(refusalEntry(8))) ?? assert.fail();
  const newer = [text.replace('"v":3', '"v":4'), '{"t":"merger","v":5}'].map(encodeUtf8);
  const files = buildLog({ entries: [...entries, ...newer], signer, sealedAt: [7, 9] });
  const report = await verify(files);
  assert.deepEqual(
    report.problems.map(({ kind, index }) => [kind, index]),
    [
      ["unknown_version", 7],
      ["unknown_version", 8],
    ],
  );
  assert.match(report.problems[0]?.reason ?? "", /use a newer release of bailiwick$/);
  // Everything else of it was verified.
  assert.deepEqual([report.entryCount, report.tileCount, report.checkpointCount], [9, 1, 2]);
});

const bundlePath = "tile/entries/000.p/7";
const tilePath = "tile/0/000.p/7";

test("an entry that was changed is named by its index, and no tile is blamed", async () => {
  const startOfEntry2 = [0, 1].reduce(
    (sum, at) => sum + 2 + encodeEntry(entries[at] ?? assert.fail()).length,
    2,
  );
  const { problems } = await verify(flipped(files, bundlePath, startOfEntry2 + 10));
  const reason = `its hash is not the one in \`${tilePath}\``;
  assert.deepEqual(problems.at(-2), { kind: "entry", path: bundlePath, index: 2, byteOffset: null, reason });
  assert.ok(!problems.some(({ kind }) => kind === "tile"));
});

test("a tile that was changed is named by the hash in it, and no entry is blamed", async () => {
  const { problems } = await verify(flipped(files, tilePath, 3 * 32 + 5));
  const reason = "hash 3 is not what the entries below it give";
  assert.deepEqual(problems, [{ kind: "tile", path: tilePath, index: null, byteOffset: 96, reason }]);
});

test("a bundle that cannot be read is named, and what comes after it is checked all the same", async () => {
  const refusal = encodeEntry(refusalEntry(1));
  const many = [openedEntry(0, 1), ...Array.from({ length: 599 }, () => refusal)];
  const files = buildLog({ entries: many, signer, sealedAt: [600] });
  files.delete("tile/entries/000");
  const report = await verify(flipped(files, "tile/entries/002.p/88", 30));
  assert.equal(report.entryCount, 600);
  assert.deepEqual(report.problems.map(({ kind, index }) => [kind, index]).slice(0, 2), [
    ["bundle", null],
    ["schema", 512],
  ]);
  files.delete("tile/0/000");
  const stopped = await verify(files);
  assert.equal(stopped.entryCount, 0);
  assert.deepEqual(kindsOf(stopped), ["bundle"]);
});

test("tiles and entries that were changed together do not give the signed root", async () => {
  const forged = [...entries.slice(0, 2), refusalEntry(9), ...entries.slice(3)];
  const other = buildLog({ entries: forged, signer, sealedAt: [0, 3, 7] });
  for (const [path, bytes] of files) if (path.startsWith("checkpoint")) other.set(path, bytes);
  assert.deepEqual(
    (await verify(other)).problems.map(({ kind, path }) => `${kind} ${path}`),
    ["root checkpoint", "history checkpoints/3"],
  );
});

test("a log whose holder signed two trees is found out by the checkpoint that was kept", async () => {
  const forged = [...entries.slice(0, 2), refusalEntry(9), ...entries.slice(3)];
  const rewritten = buildLog({ entries: forged, signer, sealedAt: [0, 3, 7] });
  rewritten.set("checkpoints/3", files.get("checkpoints/3") ?? assert.fail());
  assert.deepEqual(
    (await verify(rewritten)).problems.map(({ kind, path }) => `${kind} ${path}`),
    ["history checkpoints/3"],
  );
});

test("a log that was cut back to an earlier checkpoint is found out by a later one", async () => {
  const cut = new Map([...files, ["checkpoint", files.get("checkpoints/3") ?? assert.fail()]]);
  assert.deepEqual(
    (await verify(cut)).problems.map(({ kind, path }) => `${kind} ${path}`),
    ["rollback checkpoints/7"],
  );
});

test("a log that grows while it is read is not taken for one that was cut back", async () => {
  const growing = readerOf(files);
  let reads = 0;
  const read = (path: string): Promise<Uint8Array | null> =>
    growing.read(path === "checkpoint" && reads++ === 0 ? "checkpoints/3" : path);
  const report = await verifyLog({ reader: { ...growing, read }, trust, sha256, verifyEd25519 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.checkpoint?.size, 3);
});

test("a partial file that was dropped for the full one is read from that", async () => {
  const refusal = encodeEntry(refusalEntry(1));
  const many = [openedEntry(0, 1), ...Array.from({ length: 511 }, () => refusal)];
  const files = buildLog({ entries: many, signer, sealedAt: [300, 512] });
  files.set("checkpoint", files.get("checkpoints/300") ?? assert.fail());
  for (const path of ["tile/0/001.p/44", "tile/entries/001.p/44", "checkpoints/512"])
    assert.ok(files.delete(path));
  assert.deepEqual((await verify(files)).problems, []);
});

test("partial files that are dropped while the log is verified accuse nobody", async () => {
  const refusal = encodeEntry(refusalEntry(1));
  const many = [openedEntry(0, 1), ...Array.from({ length: 511 }, () => refusal)];
  const files = buildLog({ entries: many, signer, sealedAt: [270, 300, 512] });
  files.set("checkpoint", files.get("checkpoints/300") ?? assert.fail());
  for (const path of ["checkpoints/270", "checkpoints/512"]) files.delete(path);
  const whole = readerOf(files);
  let dropped = 0;
  // Its directory was listed, and is gone by now.
  const read = (path: string): Promise<Uint8Array | null> => {
    if (!path.endsWith(".p/14")) return whole.read(path);
    dropped++;
    return Promise.resolve(null);
  };
  const report = await verifyLog({ reader: { ...whole, read }, trust, sha256, verifyEd25519 });
  assert.deepEqual([report.problems, dropped > 0], [[], true]);
});

test("a checkpoint that nobody trusted has signed stops the verification there", async () => {
  const stranger = buildLog({ entries, signer: signerFrom(2, origin), sealedAt: [7] });
  const report = await verify(stranger);
  assert.deepEqual(kindsOf(report), ["checkpoint"]);
  assert.deepEqual([report.checkpoint, report.entryCount], [null, 0]);
});

test("a checkpoint that states another root than the entries give is found out", async () => {
  const lying = buildLog({
    entries,
    signer,
    sealedAt: [7],
    sign: (checkpoint, signer) => signCheckpoint({ ...checkpoint, root: sha256() }, signer),
  });
  assert.deepEqual(
    (await verify(lying)).problems.map(({ kind, path }) => `${kind} ${path}`),
    ["root checkpoint", "history checkpoints/7"],
  );
});

test("problems beyond the first thousand are counted only", async () => {
  const garbage = Array.from({ length: 1500 }, () => new Uint8Array(9));
  const report = await verify(buildLog({ entries: garbage, signer, sealedAt: [1500] }));
  assert.equal(report.problems.length, 1000);
  assert.equal(report.problemCount, 1500);
});

test("what the rules over the sequence find is reported with the bundle and the entry's index", async () => {
  const open = decisionEntry(1);
  const all = [openedEntry(0, 1), open, open, openedEntry(3, 2), refusalEntry(4), decisionEntry(5)];
  const report = await verify(buildLog({ entries: all, signer, sealedAt: [6] }));
  const reason = "the log was opened again and went on, but this permit has no outcome";
  const problem = { kind: "pairing", path: "tile/entries/000.p/6", byteOffset: null, reason };
  assert.deepEqual(report.problems, [
    { ...problem, index: 1 },
    { ...problem, index: 2 },
  ]);
  assert.equal(report.openDecisionCount, 1);
});

test("a log of any requests, sealed at any sizes, has no problem, and any flipped byte in it is named", async () => {
  const plan = fc.record({
    requests: fc.array(fc.constantFrom("refused", "answered", "open"), { maxLength: 30 }),
    seals: fc.array(fc.nat(60), { maxLength: 4 }),
    file: fc.nat(1000),
    byte: fc.nat(100_000),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ requests, seals, file, byte }) => {
      const entries = requestsToEntries(requests);
      const sealedAt = [...new Set([...seals.filter((size) => size < entries.length), entries.length])];
      const files = buildLog({ entries, signer, sealedAt: sealedAt.toSorted((left, right) => left - right) });
      const report = await verify(files);
      assert.deepEqual(report.problems, []);
      assert.equal(report.openDecisionCount, requests.filter((request) => request === "open").length);
      const paths = [...files.keys()];
      const path = paths[file % paths.length] ?? "";
      await assertFaultIn(files, path, byte % (files.get(path)?.length ?? 1));
    }),
    { numRuns: 60 },
  );
});

function requestsToEntries(requests: readonly ("refused" | "answered" | "open")[]): WrittenEntry[] {
  const entries: WrittenEntry[] = [openedEntry(0, 1)];
  for (const request of requests) {
    const index = entries.length;
    entries.push(request === "refused" ? refusalEntry(index) : decisionEntry(index));
    if (request === "answered") entries.push(outcomeEntry(index + 1, index, requestId(index)));
  }
  return entries;
}

const verified = new Map<string, boolean>();

/** Signatures repeat a thousand times over in these tests. */
function verifyOnce(...parts: Parameters<typeof verifyEd25519>): boolean {
  const key = Buffer.concat(parts).toString("latin1");
  const known = verified.get(key) ?? verifyEd25519(...parts);
  verified.set(key, known);
  return known;
}

function verify(files: LogFiles, onProgress?: (checkedCount: number) => void): Promise<LogReport> {
  const options = { reader: readerOf(files), trust, sha256, verifyEd25519: verifyOnce };
  return verifyLog(onProgress === undefined ? options : { ...options, onProgress });
}

async function assertFaultIn(files: LogFiles, path: string, at: number): Promise<void> {
  const { problems } = await verify(flipped(files, path, at));
  assert.ok(
    problems.some((problem) => problem.path === path),
    `${path} byte ${at}`,
  );
}

function flipped(files: LogFiles, path: string, at: number): LogFiles {
  const bytes = new Uint8Array(files.get(path) ?? assert.fail(path));
  bytes[at] = (bytes[at] ?? assert.fail(`${path} has no byte ${at}`)) ^ (1 << (at % 8));
  return new Map([...files, [path, bytes]]);
}

function kindsOf({ problems }: LogReport): ProblemKind[] {
  return problems.map(({ kind }) => kind);
}
