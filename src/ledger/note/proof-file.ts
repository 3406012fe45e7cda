// Offline proofs: https://c2sp.org/tlog-proof (`.tlog-proof` files).
import {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  fail,
  fromBase64,
  ok,
  type Result,
  toBase64,
} from "../../base/index.ts";
import { type Checkpoint, parseDecimal } from "./checkpoint.ts";
import type { Sha256, VerifyEd25519 } from "../tree/digest.ts";
import { verifyInclusion } from "../tree/inclusion.ts";
import { hashBytes, leafHash } from "../tree/merkle.ts";
import { type TrustPolicy, verifyCheckpoint } from "./trust-policy.ts";

export interface ProofFile {
  /** Not authenticated by anything: "Applications MUST NOT implicitly trust the extra data". Null where there is none. */
  readonly extra: Uint8Array | null;
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly hashes: readonly Uint8Array[];
  /** The whole signed note, byte for byte. */
  readonly checkpoint: Uint8Array;
}

const header = "c2sp.org/tlog-proof@v1";
/** A tree of 2^63 leaves is 63 levels high. */
const maxHashes = 63;

export function formatProofFile({ extra, index, hashes, checkpoint }: ProofFile): Uint8Array<ArrayBuffer> {
  const lines = [
    header,
    ...(extra === null ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return concatBytes([encodeUtf8(`${lines.join("\n")}\n\n`), checkpoint]);
}

export function parseProofFile(bytes: Uint8Array): Result<ProofFile, string> {
  const text = decodeUtf8(bytes);
  if (text === null) return fail("the proof is not UTF-8");
  const split = text.indexOf("\n\n");
  if (split < 0) return fail("the proof has no empty line before its checkpoint");
  const [first, ...lines] = text.slice(0, split).split("\n");
  if (first !== header) return fail(`the first line is not \`${header}\``);
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()?.slice(6) ?? "") : undefined;
  if (extra === null) return fail("the extra data is not base64");
  const index = parseDecimal(/^index (.*)$/.exec(lines.shift() ?? "")?.[1] ?? "");
  if (index === null) return fail("there is no line `index <decimal>` after the first");
  const hashes = parseHashes(lines);
  if (hashes === null) return fail(`expected up to ${maxHashes} hashes of 32 bytes in base64, a line each`);
  return ok({ extra: extra ?? null, index, hashes, checkpoint: encodeUtf8(text.slice(split + 2)) });
}

export interface ProofCheck {
  readonly entry: Uint8Array;
  readonly trust: TrustPolicy;
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
}

/** Whether a trusted checkpoint commits to `entry` at the index of the proof; the checkpoint that does, or why none. */
export function verifyProofFile(
  proof: ProofFile,
  { entry, trust, sha256, verifyEd25519 }: ProofCheck,
): Result<Checkpoint, string> {
  const checkpoint = verifyCheckpoint(proof.checkpoint, trust, verifyEd25519);
  if (!checkpoint.ok) return checkpoint;
  const { size, root } = checkpoint.value;
  const isIncluded = verifyInclusion(sha256, {
    index: BigInt(proof.index),
    size: BigInt(size),
    leaf: leafHash(sha256, entry),
    root,
    proof: proof.hashes,
  });
  return isIncluded
    ? checkpoint
    : fail(`the hashes do not lead from this entry at index ${proof.index} to the root of ${size} entries`);
}

function parseHashes(lines: readonly string[]): Uint8Array[] | null {
  const hashes = lines.flatMap((line) => fromBase64(line) ?? []);
  const isWhole = hashes.length === lines.length && hashes.every(({ length }) => length === hashBytes);
  return isWhole && hashes.length <= maxHashes ? hashes : null;
}
