// A log writer in the test's own thread, with segments small enough to be filled.
import type { InstantMs } from "../../src/base/index.ts";
import type { Cosigner } from "../../src/store/cosigner.ts";
import type { FileSystem } from "../../src/store/file-system.ts";
import type { LedgerFailure } from "../../src/store/ledger.ts";
import { type LogOptions, openLog } from "../../src/store/open-log.ts";
import type { OpenLog } from "../../src/store/open-shard.ts";
import type { ShardKeys } from "../../src/store/shard-keys.ts";
import { signerFrom } from "./ledger-crypto.ts";
import { origin } from "./ledger-entries.ts";

/** The key and time that belong to the entries of `ledger-entries.ts`. */
export const logSigner = signerFrom(1, origin);
const openedAtMs = 1_795_000_000_000;

interface TestLogOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly nowMs?: InstantMs;
  readonly keySeed?: number;
  readonly segmentBytes?: number;
  readonly cosigner?: Cosigner | null;
  readonly onFailure?: (reason: LedgerFailure) => void;
}

export function openTestLog(options: TestLogOptions): Promise<OpenLog> {
  return openLog(testLogOptions(options));
}

export function testLogOptions(options: TestLogOptions): LogOptions {
  const { fileSystem, directory, nowMs = openedAtMs, keySeed = 1, onFailure = () => {} } = options;
  const { segmentBytes = 16 * 512, cosigner = null } = options;
  return {
    fileSystem,
    directory,
    deployment: "acme.example",
    jurisdiction: "de",
    cell: "eu-frankfurt",
    keys: sameKey(keySeed),
    policyHash: "ab".repeat(32),
    software: "bailiwick/0.1.0",
    now: () => nowMs,
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
