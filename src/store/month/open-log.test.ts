import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { decisionEntry, origin, requestId } from "../../../test/support/ledger-entries.ts";
import { logSigner, openTestLog } from "../../../test/support/open-test-log.ts";
import { retainedMiB } from "../../../test/support/retained-memory.ts";
import { sha256 } from "../../keys/index.ts";
import {
  encodeEntry,
  type Entry,
  type WrittenEntry,
  type LogReport,
  noteKey,
  parseEntry,
  parseProofFile,
  verifyLog,
  verifyProofFile,
} from "../../ledger/index.ts";
import { nodeFileSystem as fileSystem } from "../../disk/file-system.ts";
import { openLogDirectory } from "../read/log-directory.ts";
import type { PublishedLog } from "../read/published-log.ts";
import type { LogWriter } from "../log/log-writer.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-log-"));
after(() => rmSync(root, { recursive: true }));
const decemberMs = Date.UTC(2026, 11, 1);
/** A log of some 600 entries: full bundles and tiles, partial ones, two openings. */
const grown = await growLog();

test("a log that was closed and opened again verifies, and every entry can be read and proved", async () => {
  const [log] = await openLogDirectory(grown);
  assert.ok(log);
  const report = await verify(log, origin);
  assert.deepEqual(report.problems, []);
  const size = report.entryCount;
  for (const index of [0, 1, 255, 256, 511, 512, size - 1]) {
    const proof = parseProofFile(await log.prove(index));
    const entry = await log.readEntry(index);
    assert.ok(proof.ok);
    assert.ok(verifyProofFile(proof.value, { entry, trust: trustIn(origin), sha256, verifyEd25519 }).ok);
  }
  await assert.rejects(log.readEntry(size), RangeError);
});

test("partial tiles and bundles are gone once the full ones are there", () => {
  const names = readdirSync(join(grown, "log", "2026-11", "tile"), { recursive: true }).map(String);
  assert.ok(names.includes(join("0", "000")) && names.includes(join("entries", "001")));
  assert.deepEqual(
    names.filter((name) => /(000|001)\.p/.test(name) && !name.startsWith("1")),
    [],
  );
});

test("a single log that was copied out of the ledger's directory can be read too", async () => {
  const [log, ...others] = await openLogDirectory(join(grown, "log", "2026-11"));
  assert.equal((await log?.readCheckpoint())?.origin, origin);
  assert.equal(others.length, 0);
});

test("the next month's first opening closes what the last month left open, and begins a new log", async () => {
  const directory = join(root, "months");
  const november = await openTestLog({ fileSystem, directory });
  await append(november.writer, { ...decisionEntry(1), rid: requestId(77) });
  await november.writer.close();
  const december = await openTestLog({ fileSystem, directory, nowMs: decemberMs, isWitnessed: true });
  assert.equal(december.origin, origin.replace("2026-11", "2026-12"));
  await december.writer.close();
  const logs = await openLogDirectory(directory);
  assert.equal(logs.length, 2);
  for (const log of logs) {
    const { problems, openDecisionCount } = await verify(log, (await log.readCheckpoint())?.origin ?? "");
    assert.deepEqual(problems, []);
    assert.equal(openDecisionCount, 0);
  }
  const [unknown, closed] = await lastEntries(logs[0], 2);
  assert.ok(unknown?.t === "outcome" && unknown.result === "unknown" && unknown.rid === requestId(77));
  assert.ok(closed?.t === "closed" && closed.next?.origin === december.origin);
});

test("a clock that says an earlier month than the log goes on in that log, whose dates do not go back", async () => {
  const directory = join(root, "clock");
  const ahead = await openTestLog({ fileSystem, directory, nowMs: decemberMs });
  await ahead.writer.close();
  const behind = await openTestLog({ fileSystem, directory });
  assert.equal(behind.origin, ahead.origin);
  await append(behind.writer, { ...decisionEntry(1), verdict: "refuse", error: "caller_rate_limited" });
  await behind.writer.close();
  const [log] = await openLogDirectory(directory);
  const { problems } = await verify(log ?? assert.fail(), ahead.origin);
  assert.deepEqual(problems, []);
  const dates = (await lastEntries(log, 3)).map(({ ts }) => ts);
  assert.deepEqual(dates, [decemberMs, decemberMs, decemberMs]);
});

test("a writer that has sealed 100,000 entries holds none of them in memory", async () => {
  const options = { fileSystem, directory: join(root, "many"), segmentBytes: 8 << 20 };
  const { writer } = await openTestLog(options);
  const entry = encodeEntry({ ...decisionEntry(1), verdict: "refuse", error: "caller_rate_limited" });
  const paired = () => [{ entry: Uint8Array.from(entry), pairing: { kind: "none" } as const }];
  const before = retainedMiB();
  for (let wave = 0; wave < 100; wave++) {
    await Promise.all(Array.from({ length: 1000 }, () => writer.append(paired())));
    await writer.seal();
  }
  const grownMiB = retainedMiB() - before;
  await writer.close();
  // The entries themselves have some 60 MiB.
  assert.ok(grownMiB < 20, `${grownMiB.toFixed(1)} MiB more`);
});

test("the first segment of the write-ahead log is short, and each has twice the length of the one before", async () => {
  const options = { fileSystem, directory: join(root, "segments"), segmentBytes: 16 << 20 };
  const { writer } = await openTestLog(options);
  const entry = encodeEntry(decisionEntry(1));
  const lengths: number[][] = [];
  for (let wave = 0; lengths.at(-1)?.length !== 4; wave++) {
    assert.ok(wave < 100, "four segments are there");
    await Promise.all(
      Array.from({ length: 2_000 }, () =>
        writer.append([{ entry: Uint8Array.from(entry), pairing: { kind: "none" } }]),
      ),
    );
    lengths.push(segmentLengths(options.directory));
  }
  assert.deepEqual(lengths[0], [4 << 20]);
  assert.deepEqual(lengths.at(-1), [4 << 20, 8 << 20, 16 << 20, 16 << 20]);
  await writer.close();
  assert.deepEqual(segmentLengths(options.directory), []);
});

for (const { title, length, isRead } of [
  { title: "has a length that no segment has", length: (4 << 20) - 512, isRead: false },
  { title: "has the length of a later one", length: 8 << 20, isRead: true },
  { title: "is longer than the longest", length: 32 << 20, isRead: false },
]) {
  test(`after a crash a segment that ${title} is ${isRead ? "read" : "refused"}`, async () => {
    const directory = join(root, `crashed-${length}`);
    const options = { fileSystem, directory, segmentBytes: 16 << 20 };
    const { writer } = await openTestLog(options);
    await append(writer, decisionEntry(1));
    const crashed = join(root, `crashed-copy-${length}`);
    cpSync(directory, crashed, { recursive: true });
    await writer.close();
    truncateSync(join(crashed, "wal", "2026-11", `${"0".repeat(16)}.wal`), length);
    const opening = openTestLog({ ...options, directory: crashed });
    if (!isRead) return assert.rejects(opening, /it should have 4194304 or 8388608 or 16777216 bytes/);
    await (await opening).writer.close();
    assert.deepEqual(
      (await verify((await openLogDirectory(crashed))[0] ?? assert.fail(), origin)).problems,
      [],
    );
  });
}

const refusals: readonly {
  title: string;
  spoil: (directory: string) => void;
  says: RegExp;
  keySeed?: number;
}[] = [
  {
    title: "whose signed state is gone",
    spoil: (directory) => rmSync(signedStateOf(directory)),
    says: /signed` is missing, but the log has published a checkpoint; going on could fork the log/,
  },
  {
    title: "whose signed state is an older one",
    spoil: (directory) => cpSync(join(grown, "older-state"), signedStateOf(directory)),
    says: /it was rolled back/,
  },
  {
    title: "whose signed state is damaged",
    spoil: (directory) => flipByte(signedStateOf(directory), 20),
    says: /signed` is damaged: the checksum does not match/,
  },
  {
    title: "whose last tile is damaged",
    spoil: (directory) => flipByte(firstPartial(directory, "0"), 3),
    says: /give another root for \d+ entries than the log has signed/,
  },
  {
    title: "whose last tile is missing",
    spoil: (directory) => rmSync(firstPartial(directory, "0")),
    says: /is missing, but \d+ entries were signed/,
  },
  {
    title: "whose checkpoint is damaged",
    spoil: (directory) => flipByte(join(directory, "log", "2026-11", "checkpoint"), 70),
    says: /checkpoint` (is damaged|was not signed by this log's key)/,
  },
  {
    title: "that another key has signed",
    spoil: () => {},
    says: /was not signed by this log's key/,
    keySeed: 2,
  },
];
for (const [order, { title, spoil, says, keySeed = 1 }] of refusals.entries()) {
  test(`a log ${title} is not opened`, async () => {
    const directory = join(root, `refused-${order}`);
    cpSync(grown, directory, { recursive: true });
    spoil(directory);
    await assert.rejects(openTestLog({ fileSystem, directory, keySeed }), says);
  });
}

async function growLog(): Promise<string> {
  const directory = join(root, "grown");
  const first = await openTestLog({ fileSystem, directory });
  for (let number = 0; number < 300; number++) {
    await append(first.writer, {
      ...decisionEntry(number),
      verdict: "refuse",
      error: "policy_no_lawful_endpoint",
    });
    if (number % 100 === 0) await first.writer.seal();
  }
  await first.writer.close();
  cpSync(signedStateOf(directory), join(directory, "older-state"));
  const second = await openTestLog({ fileSystem, directory });
  for (let number = 300; number < 600; number++) await append(second.writer, decisionEntry(number));
  await second.writer.close();
  return directory;
}

async function append(writer: LogWriter, entry: WrittenEntry): Promise<void> {
  const pairing =
    entry.t === "decision" && entry.verdict === "permit"
      ? ({ kind: "opens", rid: entry.rid } as const)
      : ({ kind: "none" } as const);
  await writer.append([{ entry: encodeEntry(entry), pairing }]);
}

function trustIn(name: string) {
  const key = noteKey(sha256, { ...logSigner.key, name });
  return { logs: [key], witnesses: [], quorum: { kind: "none" } } as const;
}

function verify(log: PublishedLog, name: string): Promise<LogReport> {
  return verifyLog({ reader: log.reader, trust: trustIn(name), sha256, verifyEd25519 });
}

async function lastEntries(log: PublishedLog | undefined, count: number): Promise<Entry[]> {
  assert.ok(log);
  const size = (await log.readCheckpoint())?.size ?? 0;
  const bytes = await Promise.all(
    Array.from({ length: count }, (_, order) => log.readEntry(size - count + order)),
  );
  return bytes.map((each) => {
    const parsed = parseEntry(each);
    assert.ok(parsed.ok);
    return parsed.value;
  });
}

function signedStateOf(directory: string): string {
  return join(directory, "state", "2026-11", "signed");
}

/** Of the segments that have a name, oldest first. */
function segmentLengths(directory: string): number[] {
  const wal = join(directory, "wal", "2026-11");
  return readdirSync(wal)
    .toSorted()
    .map((name) => statSync(join(wal, name)).size);
}

function firstPartial(directory: string, level: string): string {
  const tiles = join(directory, "log", "2026-11", "tile", level);
  const partials = readdirSync(tiles, { recursive: true }).map(String);
  const widest = partials
    .filter((name) => /002\.p.\d+$/.test(name))
    .toSorted((left, right) => Number(right.split("/")[1]) - Number(left.split("/")[1]));
  return join(tiles, widest[0] ?? assert.fail());
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  rmSync(file);
  writeFileSync(file, bytes);
}
