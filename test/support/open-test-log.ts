// A log writer in the test's own thread, with segments small enough to be filled.
import type { InstantMs, WallClock } from "../../src/base/index.ts";
import type { Cosigner } from "../../src/store/log/cosigner.ts";
import type { FileSystem } from "../../src/disk/file-system.ts";
import type { LedgerFailure, PolicyText } from "../../src/store/log/ledger.ts";
import { type LogOptions, openLog } from "../../src/store/month/open-log.ts";
import type { OpenLog } from "../../src/store/month/open-shard.ts";
import type { ShardKeys } from "../../src/store/month/shard-keys.ts";
import { AgreedTime } from "../../src/store/time/agreed-time.ts";
import { momentAt } from "./moment-at.ts";
import { signerFrom } from "./ledger-crypto.ts";
import { origin } from "./ledger-entries.ts";

/** The key and time that belong to the entries of `ledger-entries.ts`. */
export const logSigner = signerFrom(1, origin);
const openedAtMs = 1_795_000_000_000;

interface TestLogOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly nowMs?: InstantMs;
  /** Of all clocks: time passes as it says. They stand still by default. */
  readonly now?: WallClock;
  /** A witness says that the wall clock is right. */
  readonly isWitnessed?: boolean;
  readonly keySeed?: number;
  readonly segmentBytes?: number;
  readonly cosigner?: Cosigner | null;
  readonly texts?: readonly PolicyText[];
  readonly onFailure?: (reason: LedgerFailure) => void;
}

export function openTestLog(options: TestLogOptions): Promise<OpenLog> {
  return openLog(testLogOptions(options));
}

export function testLogOptions(options: TestLogOptions): LogOptions {
  const { fileSystem, directory, nowMs = openedAtMs, keySeed = 1, onFailure = () => {} } = options;
  const { now = () => nowMs, isWitnessed = false } = options;
  const time = new AgreedTime({ now, steadyNow: () => momentAt(now()) });
  if (isWitnessed) time.noteWitnessed("w", now());
  const { segmentBytes = 16 * 512, cosigner = null, texts = [] } = options;
  return {
    fileSystem,
    directory,
    deployment: "acme.example",
    jurisdiction: "de",
    cell: "eu-frankfurt",
    replica: null,
    keys: sameKey(keySeed),
    policy: { hash: "ab".repeat(32), texts },
    software: "bailiwick/0.1.0",
    now,
    time,
    segmentBytes,
    cosigner,
    onFailure,
  };
}

/** One key for all months, which no test of a single month cares about. */
function sameKey(seed: number): ShardKeys {
  const { key, sign } = signerFrom(seed, origin);
  return { open: () => ({ publicKey: key.publicKey, sign }), destroy: () => {} };
}
