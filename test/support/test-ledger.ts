import { join } from "node:path";
import type { LedgerOptions } from "../../src/store/index.ts";

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
    now: () => 1_795_000_000_000,
  };
}
