import { join } from "node:path";
import type { InstantMs } from "../../src/base/index.ts";
import type { LedgerOptions } from "../../src/store/index.ts";

/** The time of `ledger-entries.ts` when this process began, and in the processes that it starts. It runs on. */
export function testNow(): InstantMs {
  return Date.now() + offsetMs;
}

const variable = "BAILIWICK_TEST_CLOCK_OFFSET_MS";
const offsetMs = Number(process.env[variable] ?? 1_795_000_000_000 - Date.now());
process.env[variable] = String(offsetMs);

/** A ledger below `directory` whose origin is that of `ledger-entries.ts`. */
export function testLedgerOptions(directory: string): LedgerOptions {
  return {
    directory: join(directory, "ledger"),
    keysDirectory: join(directory, "keys", "log"),
    deployment: "acme.example",
    jurisdiction: "de",
    cell: "eu-frankfurt",
    replica: null,
    policyHash: "ab".repeat(32),
    software: "bailiwick/0.1.0",
    sealIntervalMs: 50,
    now: testNow,
  };
}
