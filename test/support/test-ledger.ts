import { join } from "node:path";
import type { InstantMs } from "../../src/base/index.ts";
import type { LedgerOptions } from "../../src/store/index.ts";

/** The time of `ledger-entries.ts` when this process began. It runs: an entry must not be much older than the opening before it. */
export function testNow(): InstantMs {
  return Date.now() + offsetMs;
}

const offsetMs = 1_795_000_000_000 - Date.now();

/** A ledger below `directory` whose origin is that of `ledger-entries.ts`. */
export function testLedgerOptions(directory: string): LedgerOptions {
  return {
    directory: join(directory, "ledger"),
    keysDirectory: join(directory, "keys", "log"),
    deployment: "acme.example",
    jurisdiction: "de",
    cell: "eu-frankfurt",
    policyHash: "ab".repeat(32),
    software: "bailiwick/0.1.0",
    sealIntervalMs: 50,
    now: testNow,
  };
}
