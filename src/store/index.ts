// Durability: whatever is acknowledged here is on disk.
export { type Ledger, type LedgerState, LedgerUnavailableError, type Pairing } from "./ledger.ts";
