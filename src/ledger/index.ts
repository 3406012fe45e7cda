// The ledger's formats and proofs, pure: the same code writes the log and verifies it, here and in a browser.
export type { Sha256, SignEd25519, VerifyEd25519 } from "./digest.ts";
export {
  type AllowedEndpoint,
  type DecisionEntry,
  type Entry,
  type Executed,
  maxEntryBytes,
  type OpenedEntry,
  type OutcomeEntry,
  type ViolationEntry,
} from "./entry.ts";
