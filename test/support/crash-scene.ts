// One state directory through a crash of test/support/crash-writer.ts: what was said before it, and whether that is still
// true after it, for whoever looks at the files and for the cell that starts on them again.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { equalBytes } from "../../src/base/index.ts";
import { monotonicNow } from "../../src/clock/index.ts";
import { openSigningKey } from "../../src/keys/index.ts";
import {
  type Checkpoint,
  ed25519Type,
  type LogReader,
  type LogReport,
  type NoteKey,
  noteKey,
  parseNoteKey,
  verifyLog,
} from "../../src/ledger/index.ts";
import { nodeFileSystem } from "../../src/disk/file-system.ts";
import { openLogDirectory, type PublishedLog } from "../../src/store/index.ts";
import { RotatingLog } from "../../src/store/month/rotating-log.ts";
import { shardKeysIn } from "../../src/store/month/shard-keys.ts";
import { readEntryBytes, rootsOf } from "./disk-log.ts";
import { sha256, verifyEd25519 } from "./ledger-crypto.ts";
import { testLogOptions } from "./open-test-log.ts";
import type { Ended } from "./strace.ts";

const december = Date.UTC(2026, 11, 1);
const lineage = "acme.example/ledger/de/eu-frankfurt";

export const crashWriter: string = fileURLToPath(new URL("crash-writer.ts", import.meta.url));

interface Acknowledged {
  readonly origin: string;
  readonly index: number;
  readonly entry: Uint8Array;
}

/** What the writers of a directory told the world, one after the other. */
export class CrashScene {
  readonly directory: string;
  readonly #acknowledged: Acknowledged[] = [];
  /** By origin. A key that is on disk no more was said before it was destroyed. */
  readonly #keys = new Map<string, NoteKey>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The same past, on a copy of the directory. */
  copiedTo(directory: string): CrashScene {
    const copy = new CrashScene(directory);
    copy.#acknowledged.push(...this.#acknowledged);
    for (const [origin, key] of this.#keys) copy.#keys.set(origin, key);
    return copy;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  hear({ lines }: Ended): void {
    for (const line of lines) {
      const [word, first = "", index, hex = ""] = line.split(" ");
      if (word === "acknowledged") {
        const entry = new Uint8Array(Buffer.from(hex, "hex"));
        this.#acknowledged.push({ origin: first, index: Number(index), entry });
      }
      if (word === "key") this.#learn(parseKey(first));
    }
    for (const month of ["2026-11", "2026-12"]) this.#learnFromFile(month);
  }

  /** What was published before the cell starts again; that holds whatever comes after. */
  async readPublished(): Promise<readonly Checkpoint[]> {
    const published: Checkpoint[] = [];
    for (const { report } of await this.#verifyAll()) {
      assert.deepEqual(report.problems, [], "as the crash left it");
      if (report.checkpoint !== null) published.push(report.checkpoint);
    }
    return published;
  }

  /** Whoever closes says that nothing is left to do: every acknowledged entry is under a signed checkpoint. */
  async checkClosed(): Promise<void> {
    const sizes = new Map<string, number>();
    for (const { report } of await this.#verifyAll()) {
      assert.equal(report.openDecisionCount, report.checkpoint?.origin.endsWith("2026-12") ? 1 : 0);
      sizes.set(report.checkpoint?.origin ?? "", report.entryCount);
    }
    for (const { origin, index } of this.#acknowledged) {
      assert.ok(index < (sizes.get(origin) ?? 0), `${origin} was closed without its entry ${index}`);
    }
    assert.deepEqual(await segments(this.directory), [], "it was closed, and the write-ahead log is there");
  }

  /** Starts the cell again, ends it in good order, and looks for everything that anybody was told. */
  async checkRecovered(published: readonly Checkpoint[]): Promise<void> {
    const logs = await RotatingLog.open({
      ...testLogOptions({ fileSystem: nodeFileSystem, directory: this.directory, now: () => december + 1 }),
      keys: shardKeysIn(join(this.directory, "keys")),
      retentionDays: null,
      monotonicNow,
      onRotation: () => {},
    });
    this.#learn(logs.current.key);
    await logs.close();
    const entries = new Map<string, readonly Uint8Array[]>();
    for (const { log, report } of await this.#verifyAll()) {
      assert.deepEqual(report.problems, [], "after the next start");
      assert.equal(report.openDecisionCount, 0);
      const origin = report.checkpoint?.origin ?? "";
      entries.set(origin, await readEntryBytes(log.reader, report.entryCount));
    }
    this.#compare(entries, published);
  }

  #compare(entries: ReadonlyMap<string, readonly Uint8Array[]>, published: readonly Checkpoint[]): void {
    for (const { origin, index, entry } of this.#acknowledged) {
      const found = entries.get(origin)?.[index];
      assert.ok(found !== undefined && equalBytes(found, entry), `entry ${index} of ${origin} is lost`);
    }
    for (const { origin, size, root } of published) {
      const now = rootsOf(entries.get(origin) ?? [])[size];
      assert.ok(now !== undefined && equalBytes(now, root), `${origin} forked at ${size}`);
    }
  }

  async #verifyAll(): Promise<ReadonlyArray<{ readonly log: PublishedLog; readonly report: LogReport }>> {
    const verified = [];
    for (const log of await openLogDirectory(this.directory)) {
      // A log that never published anything is nobody's business yet.
      if ((await log.reader.read("checkpoint")) === null) continue;
      verified.push({ log, report: await this.#verify(log.reader) });
    }
    return verified;
  }

  #verify(reader: LogReader): Promise<LogReport> {
    const trust = { logs: [...this.#keys.values()], witnesses: [], quorum: { kind: "none" } } as const;
    return verifyLog({ reader, trust, sha256, verifyEd25519 });
  }

  #learn(key: NoteKey): void {
    this.#keys.set(key.name, key);
  }

  /** For a process that had no time to say its key. One that is known may be half destroyed by now. */
  #learnFromFile(month: string): void {
    const file = join(this.directory, "keys", `${month}.pem`);
    if (this.#keys.has(`${lineage}/${month}`) || !existsSync(file)) return;
    const { publicKey } = openSigningKey(file);
    this.#learn(noteKey(sha256, { name: `${lineage}/${month}`, type: ed25519Type, publicKey }));
  }
}

function parseKey(vkey: string): NoteKey {
  const key = parseNoteKey(sha256, vkey);
  return key.ok ? key.value : assert.fail(key.error);
}

async function segments(directory: string): Promise<readonly string[]> {
  const names = await readdir(join(directory, "wal"), { recursive: true });
  return names.filter((name) => name.endsWith(".wal"));
}
