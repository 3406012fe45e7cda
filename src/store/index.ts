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
export { keptUntil, listShards, type StoredShard } from "./shard-list.ts";
export { openLogDirectory } from "./log-directory.ts";
export { type BucketAddress } from "./worm/bucket.ts";
export { type BucketLog, openBucketLogs, type TouchedKey } from "./worm/bucket-logs.ts";
export { type AnchoredCopy, type CopyState } from "./worm/copy-state.ts";
export { type Copies, openCopies } from "./worm/open-copies.ts";
export { isLocked, lockDirectory } from "./lock.ts";
export { catchUp, type CatchUp, UnindexableLogError } from "./search-index/catch-up.ts";
export { isPostgres, openSearchIndex } from "./search-index/open-index.ts";
export {
  type IndexPage,
  type IndexQuery,
  type RecordKind,
  type SearchIndex,
  UnusableIndexError,
} from "./search-index/search-index.ts";
export { type PublishedLog, publishedLog, type StoredEntry } from "./published-log.ts";
export { openTar, type TarFile, UnusableArchiveError } from "./tar-file.ts";
export { UnusableServerError, urlLog } from "./url-log.ts";
export { contentsOf, trustName } from "./export/bundle-layout.ts";
export { type EntryWish } from "./export/entry-selection.ts";
export { exportBundle } from "./export/export-bundle.ts";
export { UnexportableLogError } from "./export/log-snapshot.ts";
export type { BundleMember } from "./export/bundle-layout.ts";
export { writeTar } from "./export/write-tar.ts";
export { presentLogKey } from "./shard-keys.ts";
export { type LogIdentity, witnessNameOf } from "./shard.ts";
export { SnapshotError, snapshotLedger } from "./snapshot-ledger.ts";
export { WitnessClient } from "./witness-client.ts";
export { openWitness, type Witness, type WitnessReply } from "./witness.ts";
export { type CosigningReport, readCosigning } from "./witness-report.ts";
export { originHash, WitnessUnavailableError } from "./witness-state.ts";
