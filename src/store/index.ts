// Durability: whatever is acknowledged here is on disk.
export {
  type Ledger,
  type LedgerFailure,
  type LedgerState,
  LedgerUnavailableError,
  type Pairing,
  type Position,
} from "./ledger.ts";
export { type LedgerOptions, openLedger } from "./open-ledger.ts";
export { openLogDirectory, type PublishedLog } from "./log-directory.ts";
export { lockDirectory } from "./lock.ts";
