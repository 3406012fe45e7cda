// Durability: whatever is acknowledged here is on disk.
export {
  appendWithinMs,
  type Ledger,
  type LedgerClient,
  type LedgerFailure,
  type LedgerLoan,
  type LedgerState,
  LedgerUnavailableError,
  type PolicyInForce,
  type PolicyText,
  type Position,
} from "./log/ledger.ts";
export type { ClockState } from "./time/agreed-time.ts";
export { type LentClient, openLentLedger } from "./thread/lent-ledger.ts";
export { type LedgerOptions, openLedger } from "./thread/open-ledger.ts";
export { keptUntil, listShards, readQuarantines, type StoredShard } from "./month/shard-list.ts";
export { openLogDirectory } from "./read/log-directory.ts";
export type { BucketAddress } from "./worm/bucket.ts";
export { type BucketLog, openBucketLogs, type TouchedKey } from "./worm/bucket-logs.ts";
export { BucketObjects } from "./worm/bucket-objects.ts";
export type { AnchoredCopy, CopyState } from "./worm/copy-state.ts";
export { type Copies, openCopies } from "./worm/open-copies.ts";
export { catchUp, type CatchUp, UnindexableLogError } from "./search-index/catch-up.ts";
export { isPostgres, openSearchIndex } from "./search-index/open-index.ts";
export {
  type IndexPage,
  type IndexQuery,
  type RecordKind,
  type SearchIndex,
  UnusableIndexError,
} from "./search-index/search-index.ts";
export { type PublishedLog, publishedLog, type StoredEntry } from "./read/published-log.ts";
export { openTar, type TarFile, UnusableArchiveError } from "./read/tar-file.ts";
export { UnusableServerError, urlLog } from "./read/url-log.ts";
export { type BundleMember, contentsOf, trustName } from "./export/bundle-layout.ts";
export type { EntryWish } from "./export/entry-selection.ts";
export { exportBundle, NothingChosenError } from "./export/export-bundle.ts";
export { UnexportableLogError } from "./export/log-snapshot.ts";
export { writeTar } from "./export/write-tar.ts";
export { presentLogKey } from "./month/shard-keys.ts";
export { type LogIdentity, monthEndOf, witnessNameOf } from "./log/shard.ts";
export { SnapshotError, snapshotLedger } from "./read/snapshot-ledger.ts";
export { WitnessClient } from "./witness/witness-client.ts";
export { type KeptPair, readPairs } from "./witness/witness-evidence.ts";
export { openWitness, type Witness, type WitnessReply } from "./witness/witness.ts";
export { type CosigningReport, readCosigning } from "./witness/witness-report.ts";
export { originHash, WitnessUnavailableError } from "./witness/witness-state.ts";
export { append, formatPosition, type Recorder, type Stamp, stamp } from "./thread/recorder.ts";
export { type LeaseAnswers, type LeaseAsks, leaseMs, type LeaseStore } from "./limit-leases/lease-store.ts";
export { openPostgresLeases } from "./limit-leases/postgres-leases.ts";
export type { Pairing } from "./log/pairing-kind.ts";
export type { Quarantine } from "./log/quarantines.ts";
