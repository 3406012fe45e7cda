// Run as a process of its own by the crash suite, in argv[2]: opens a cell's logs, appends, seals, ends the month, closes.
// Waits for a line on standard input first. Prints `acknowledged <origin> <index> <entry in hex>` for each append that
// is durable, `key <verifier key>` for each log, then `closed`, or `failed <why>`; the exit code is 0 only after `closed`. With argv[3] = `leave` it ends
// where a power cut could: in the middle of the month, with everything in the write-ahead log.
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { monotonicNow } from "../../src/clock/index.ts";
import { encodeEntry, formatNoteKey, type NoteKey, type WrittenEntry } from "../../src/ledger/index.ts";
import { nodeFileSystem } from "../../src/disk/file-system.ts";
import type { Pairing } from "../../src/store/index.ts";
import { lockDirectory } from "../../src/disk/lock.ts";
import { RotatingLog } from "../../src/store/month/rotating-log.ts";
import { shardKeysIn } from "../../src/store/month/shard-keys.ts";
import { decisionEntry, outcomeEntry, requestId } from "./ledger-entries.ts";
import { testLogOptions } from "./open-test-log.ts";

const november = Date.UTC(2026, 10, 30, 23, 59);
const december = Date.UTC(2026, 11, 1);

const [directory = "", ending = "close"] = process.argv.slice(2);
let nowMs = november;
// Requests of two runs on one directory have different numbers.
let nextNumber = ending === "leave" ? 1 : 1000;

// The thread that reads and writes files is there from here on, so that strace can be attached to it.
await readFile("/dev/null");
say("ready");
process.stdin.once("data", () => {
  process.stdin.unref?.();
  writeMonths().then(
    () => process.exit(0),
    (error: unknown) => {
      say(`failed ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    },
  );
});

async function writeMonths(): Promise<void> {
  const unlock = lockDirectory(directory);
  const logs = await RotatingLog.open({
    ...testLogOptions({ fileSystem: nodeFileSystem, directory, now: () => nowMs }),
    keys: shardKeysIn(join(directory, "keys")),
    retentionDays: null,
    monotonicNow,
    onRotation: ({ key }) => sayKey(key),
  });
  sayKey(logs.current.key);
  const early = await decide(logs);
  if (ending === "leave") process.kill(process.pid, "SIGKILL");
  await finish(logs, await decide(logs));
  await logs.tick();
  const under = await Promise.all([decide(logs), decide(logs), decide(logs), decide(logs)]);
  nowMs = december;
  const [during] = await Promise.all([decide(logs), logs.tick()]);
  for (const decided of [early, during, ...under]) await finish(logs, decided);
  await logs.tick();
  await decide(logs);
  await logs.close();
  unlock();
  say("closed");
}

interface Decided {
  readonly number: number;
  readonly index: number;
}

async function decide(logs: RotatingLog): Promise<Decided> {
  const number = nextNumber++;
  const rid = requestId(number);
  return { number, index: await append(logs, decisionEntry(number, rid), { kind: "opens", rid }) };
}

async function finish(logs: RotatingLog, { number, index }: Decided): Promise<void> {
  const rid = requestId(number);
  await append(logs, outcomeEntry(number, index, rid), { kind: "closes", rid });
}

async function append(logs: RotatingLog, entry: WrittenEntry, pairing: Pairing): Promise<number> {
  const bytes = encodeEntry({ ...entry, ts: nowMs });
  const [run] = await logs.append([{ entry: bytes, pairing }]);
  if (run === undefined || run.origin === null) throw new Error("the entry is in no log");
  say(`acknowledged ${run.origin} ${run.firstIndex} ${Buffer.from(bytes).toString("hex")}`);
  return run.firstIndex;
}

function sayKey(key: NoteKey): void {
  say(`key ${formatNoteKey(key)}`);
}

/** At once, so that what was said is known whatever happens next. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
