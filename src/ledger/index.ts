// The ledger's formats and proofs, pure: the same code writes the log and verifies it, here and in a browser.
export { encodeBundle, parseBundle } from "./bundle.ts";
export { type Checkpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
export { verifyConsistency } from "./consistency.ts";
export { cosign, cosignedAt, takeCosignatures } from "./cosignature.ts";
export { encodeEntry, parseEntry } from "./entry-schema.ts";
export {
  type AllowedEndpoint,
  type DecisionEntry,
  type Entry,
  type Executed,
  type ImportEntry,
  type LegalEntry,
  type LogHead,
  maxEntryBytes,
  type OpenedEntry,
  type OutcomeEntry,
  type TransferEntry,
  type ViolationEntry,
} from "./entry.ts";
export type * from "./lifecycle-entry.ts";
export { fitDecision } from "./fit-decision.ts";
export { type LogProblem } from "./log-problem.ts";
export { type LogReader, readBundle, readTile } from "./log-reader.ts";
export { emptyRoot, leafHash } from "./merkle.ts";
export { formatNoteKey, type NoteKey, noteKey, parseNoteKey } from "./note-key.ts";
export {
  formatNote,
  formatSignature,
  type NoteSignature,
  type NoteSigner,
  parseNote,
  signNote,
  verifyNote,
} from "./note.ts";
export { formatProofFile, parseProofFile, type ProofFile, verifyProofFile } from "./proof-file.ts";
export { proveConsistency, proveInclusion } from "./prove.ts";
export { readSeen, type SeenCheckpoint } from "./seen-checkpoints.ts";
export { cosignatureType, ed25519Type } from "./signature-type.ts";
export {
  formatTilePath,
  hashCount,
  parseTilePath,
  type Tile,
  tileHolding,
  type TileName,
  tileWidth,
} from "./tile.ts";
export { openTree, type TreeBuilder } from "./tree.ts";
export { formatTrustPolicy, parseTrustPolicy, type TrustFile } from "./trust-file.ts";
export { isQuorumMet, othersOf, type Quorum, type TrustPolicy, verifyCheckpoint } from "./trust-policy.ts";
export type { LedgerLogReport } from "./audited-month.ts";
export { type LedgerReport, verifyLedger } from "./verify-ledger.ts";
export { type LogReport, verifyLog } from "./verify-log.ts";
export {
  type Contradiction,
  type Judgement,
  judgeSubmission,
  type Verifiers,
  type WitnessedLog,
} from "./witness-judgement.ts";
export { formatAddCheckpoint, parseAddCheckpoint, type Submission } from "./witness-request.ts";
export { type Introduction, judgeIntroduction, provenOrigin } from "./witness-succession.ts";
export { closingFile, trustingClosings } from "./vouched-keys.ts";
