// Checkpoints: https://c2sp.org/tlog-checkpoint
import { fail, fromBase64, ok, type Result, toBase64 } from "../../base/index.ts";
import { hashBytes } from "../tree/merkle.ts";
import { formatNote, type NoteSigner, signNote } from "./note.ts";

/** A tree head: what a log says it held. */
export interface Checkpoint {
  /** The log's identity, which is also the name of its key. */
  readonly origin: string;
  /** Leaves of the tree; at most 2^53 - 1 here. */
  readonly size: number;
  readonly root: Uint8Array;
}

/** A whole signed note. A log "MUST not sign any checkpoint which is inconsistent with any" earlier one: the caller sees to that. */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): Uint8Array<ArrayBuffer> {
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: [signNote(text, signer)] });
}

/** The text of the note. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads the text of a note. Extension lines are allowed and dropped: they are "opaque and OPTIONAL", no auditor
 * checks them, and nothing here may come to rely on one.
 */
export function parseCheckpoint(text: string): Result<Checkpoint, string> {
  const [origin = "", decimal = "", encoded = "", ...rest] = text.split("\n");
  const extensions = rest.slice(0, -1);
  if (origin === "" || rest.at(-1) !== "" || extensions.includes("")) {
    return fail("a checkpoint is three or more lines, none of them empty");
  }
  const size = parseDecimal(decimal);
  if (size === null) return fail("the tree size is not a decimal number without leading zeroes");
  const root = fromBase64(encoded);
  if (root?.length !== hashBytes) return fail("the root is not 32 bytes in base64");
  return ok({ origin, size, root });
}

/** ASCII decimal without leading zeroes, up to 2^53 - 1; null for anything else. */
export function parseDecimal(text: string): number | null {
  const value = Number(text);
  return /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(value) ? value : null;
}
