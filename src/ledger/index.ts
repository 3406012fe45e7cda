// The ledger's formats and proofs, pure: the same code writes the log and verifies it, here and in a browser.
export { encodeBundle, parseBundle } from "./tree/bundle.ts";
export { type Checkpoint, parseCheckpoint, signCheckpoint } from "./note/checkpoint.ts";
export { verifyConsistency } from "./tree/consistency.ts";
export { cosign, cosignatureDates, cosignedAt, takeCosignatures } from "./note/cosignature.ts";
export { attemptFits } from "./entry/attempt-fits.ts";
export { dateOf, withDate } from "./entry/entry-date.ts";
export {
  encodeEntry,
  type EntryFault,
  InvalidEntryError,
  newestVersion,
  parseEntry,
} from "./entry/entry-schema.ts";
export {
  type Entry,
  type ImportEntry,
  type LegalEntry,
  maxEntryBytes,
  type OpenedEntry,
  type StoredDecision,
  type StoredOutcome,
  type TransferEntry,
  type ViolationEntry,
  type Written,
  type WrittenEntry,
} from "./entry/entry.ts";
export type * from "./entry/lifecycle-entry.ts";
export {
  type AttemptEvidence,
  type AttemptRecord,
  type CachedAnswer,
  type TokenCounts,
  type CorrectionEntry,
  maxEvidencePlaces,
  type OutcomeEntry,
} from "./entry/outcome-entry.ts";
export { type AttemptView, isStray, type OutcomeView, outcomeView } from "./entry/outcome-view.ts";
export { DecisionTemplate } from "./entry/entry-template.ts";
export { fitDecision } from "./entry/fit-decision.ts";
export { type LogProblem } from "./verify/log-problem.ts";
export { type LogReader, readBundle, readTile } from "./verify/log-reader.ts";
export { emptyRoot, leafHash } from "./tree/merkle.ts";
export { formatNoteKey, type NoteKey, noteKey, parseNoteKey } from "./note/note-key.ts";
export {
  formatNote,
  type Note,
  formatSignature,
  type NoteSignature,
  type NoteSigner,
  parseNote,
  signNote,
  verifyNote,
} from "./note/note.ts";
export { formatProofFile, parseProofFile, type ProofFile, verifyProofFile } from "./note/proof-file.ts";
export { proveConsistency, proveInclusion } from "./tree/prove.ts";
export { readSeen, type SeenCheckpoint } from "./verify/seen-checkpoints.ts";
export { cosignatureType, ed25519Type } from "./note/signature-type.ts";
export {
  formatTilePath,
  hashCount,
  parseTilePath,
  type Tile,
  tileHolding,
  type TileName,
  tileWidth,
} from "./tree/tile.ts";
export { textDirectory, textPath } from "./verify/text-audit.ts";
export { openTree, type TreeBuilder } from "./tree/tree.ts";
export { formatTrustPolicy, parseTrustPolicy, type TrustFile } from "./note/trust-file.ts";
export {
  isQuorumMet,
  othersOf,
  type Quorum,
  type TrustPolicy,
  verifyCheckpoint,
} from "./note/trust-policy.ts";
export type { LedgerLogReport } from "./verify/audited-month.ts";
export { type LedgerReport, verifyLedger } from "./verify/verify-ledger.ts";
export { type LogReport, verifyLog } from "./verify/verify-log.ts";
export {
  type Contradiction,
  type Judgement,
  judgeSubmission,
  type Verifiers,
  type WitnessedLog,
} from "./witness/witness-judgement.ts";
export { formatAddCheckpoint, parseAddCheckpoint, type Submission } from "./witness/witness-request.ts";
export { type Introduction, judgeIntroduction, provenOrigin } from "./witness/witness-succession.ts";
export { closingFile, trustingClosings } from "./note/vouched-keys.ts";
export type { EntryStamp, LogHead } from "./entry/log-head.ts";
export type { AllowedEndpoint } from "./entry/decision-entry.ts";
export type { DecisionEntry } from "./entry/decision-entry.ts";
