// The ledger's formats and proofs, pure: the same code writes the log and verifies it, here and in a browser.
export { type BundleFault, encodeBundle, parseBundle } from "./bundle.ts";
export { type Checkpoint, formatCheckpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
export { type ConsistencyClaim, verifyConsistency } from "./consistency.ts";
export type { Sha256, SignEd25519, VerifyEd25519 } from "./digest.ts";
export { encodeEntry, InvalidEntryError, parseEntry } from "./entry-schema.ts";
export {
  type AllowedEndpoint,
  type BlockedTarget,
  type DecisionEntry,
  type Entry,
  type Executed,
  maxEntryBytes,
  type OpenedEntry,
  type OutcomeEntry,
  type ViolationEntry,
} from "./entry.ts";
export { fitDecision } from "./fit-decision.ts";
export { type InclusionClaim, verifyInclusion } from "./inclusion.ts";
export { type LogProblem, type ProblemKind, problemKinds } from "./log-problem.ts";
export { type Bundle, type LogReader, readBundle } from "./log-reader.ts";
export { emptyRoot, leafHash, nodeHash } from "./merkle.ts";
export { formatNoteKey, type NoteKey, noteKey, parseNoteKey } from "./note-key.ts";
export {
  formatNote,
  type Note,
  type NoteSignature,
  type NoteSigner,
  parseNote,
  signNote,
  verifyNote,
} from "./note.ts";
export {
  formatProofFile,
  parseProofFile,
  type ProofCheck,
  type ProofFile,
  verifyProofFile,
} from "./proof-file.ts";
export { MissingTileError, type ProvableLog, proveConsistency, proveInclusion } from "./prove.ts";
export { cosignaturePayload, cosignatureType, cosignedMessage, ed25519Type } from "./signature-type.ts";
export {
  formatTilePath,
  hashCount,
  parseTilePath,
  partialTiles,
  type Tile,
  tileHolding,
  type TileName,
  tileWidth,
} from "./tile.ts";
export { openTree, TileLengthError, type TreeBuilder } from "./tree.ts";
export { formatTrustPolicy, parseTrustPolicy } from "./trust-file.ts";
export { type Quorum, type TrustPolicy, verifyCheckpoint } from "./trust-policy.ts";
export { type LogReport, type LogVerification, verifyLog } from "./verify-log.ts";
