// How the logs of one cell follow each other: each begins with what the one before had published, and ends with the
// key of the next (docs/spec/ledger.md, "One log after another").
import { equalBytes, fromHex, toHex } from "../../base/index.ts";
import { verifyConsistency } from "../tree/consistency.ts";
import type { Sha256 } from "../tree/digest.ts";
import type { LogHead } from "../entry/log-head.ts";
import type { ClosedEntry } from "../entry/lifecycle-entry.ts";
import type { LogReader } from "./log-reader.ts";
import { emptyRoot } from "../tree/merkle.ts";
import { type NoteKey, parseNoteKey } from "../note/note-key.ts";
import { proveConsistency } from "../tree/prove.ts";
import { ed25519Type } from "../note/signature-type.ts";
import type { TrustPolicy } from "../note/trust-policy.ts";

/** Whose month a log is. */
export interface Origin {
  readonly lineage: string;
  readonly month: string;
}

export function splitOrigin(origin: string): Origin | null {
  const [, lineage, month] = /^(.+)\/(\d{4}-\d{2})$/.exec(origin) ?? [];
  return lineage === undefined || month === undefined ? null : { lineage, month };
}

/** The key that the last entry of a log vouches for; null where it names none of a later month of the same cell. */
export function nextKey(sha256: Sha256, origin: string, closing: ClosedEntry): NoteKey | null {
  const { next } = closing;
  if (next === null) return null;
  const [own, following] = [splitOrigin(origin), splitOrigin(next.origin)];
  if (own?.lineage !== following?.lineage || !(next.origin > origin)) return null;
  const key = parseNoteKey(sha256, next.key);
  return key.ok && key.value.name === next.origin && key.value.type === ed25519Type ? key.value : null;
}

/**
 * The policy, believing `vouched` for its origin and no other key: a log that was handed over is not to be signed by
 * a key that its predecessor does not know.
 */
export function trusting(trust: TrustPolicy, vouched: readonly NoteKey[]): TrustPolicy {
  const own = trust.logs.filter(({ name }) => !vouched.some((key) => key.name === name));
  return { ...trust, logs: [...own, ...vouched] };
}

/** A log that was read, and whose tree is known. */
export interface KnownLog {
  readonly reader: LogReader;
  readonly head: LogHead;
  /** Its entries are gone, lawfully: only its last head can be compared. */
  readonly isPruned: boolean;
}

/**
 * What is wrong with the claim that `claimed` is how `log` once was; null where nothing is, or where nothing is left
 * to compare with. Holds even if the medium gives other tiles than before: the proof leads to the root that was verified.
 */
export async function contradiction(
  sha256: Sha256,
  claimed: LogHead,
  { reader, head, isPruned }: KnownLog,
): Promise<string | null> {
  const what = `it begins after ${claimed.size} entries of ${claimed.origin}`;
  if (claimed.size > head.size) return `${what}, which now shows ${head.size}`;
  if (claimed.size === head.size)
    return claimed.root === head.root ? null : `${what}, which has another root`;
  if (isPruned) return null;
  const isPast =
    claimed.size === 0
      ? claimed.root === toHex(emptyRoot(sha256))
      : await isBeginning(sha256, claimed, { reader, head });
  return isPast ? null : `${what}, which had another root at that size`;
}

async function isBeginning(
  sha256: Sha256,
  claimed: LogHead,
  { reader, head }: Omit<KnownLog, "isPruned">,
): Promise<boolean> {
  const [oldRoot, newRoot] = [fromHex(claimed.root), fromHex(head.root)];
  if (oldRoot === null || newRoot === null || equalBytes(oldRoot, newRoot)) return false;
  return verifyConsistency(sha256, {
    oldSize: BigInt(claimed.size),
    newSize: BigInt(head.size),
    oldRoot,
    newRoot,
    proof: await proveConsistency({ reader, sha256, size: head.size }, claimed.size),
  });
}
