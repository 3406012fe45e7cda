// The ledger's formats and proofs, pure: the same code writes the log and verifies it, here and in a browser.
export { type BundleFault, encodeBundle, parseBundle } from "./bundle.ts";
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
export { emptyRoot, leafHash, nodeHash } from "./merkle.ts";
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
