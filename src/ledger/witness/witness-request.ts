// What a log sends to a witness: https://c2sp.org/tlog-witness, "add-checkpoint".
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
import { type Checkpoint, parseCheckpoint, parseDecimal } from "../note/checkpoint.ts";
import { hashBytes } from "../tree/merkle.ts";
import { type Note, parseNote } from "../note/note.ts";

export interface AddCheckpoint {
  /** Of the checkpoint that the witness is thought to have cosigned last; 0 for none. */
  readonly oldSize: number;
  /** From that tree to the new one. */
  readonly proof: readonly Uint8Array[];
  /** The whole signed note, byte for byte. */
  readonly checkpoint: Uint8Array;
}

/** As received: well-formed, and nothing else is known of it. */
export interface Submission extends Omit<AddCheckpoint, "checkpoint"> {
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/** "The client MUST NOT send more than 63 consistency proof lines." */
const maxProofLines = 63;

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): Uint8Array<ArrayBuffer> {
  const lines = [`old ${oldSize}`, ...proof.map(toBase64)];
  return concatBytes([encodeUtf8(`${lines.join("\n")}\n\n`), checkpoint]);
}

export function parseAddCheckpoint(body: Uint8Array): Result<Submission, string> {
  const text = decodeUtf8(body);
  if (text === null) return fail("the body is not UTF-8");
  const split = text.indexOf("\n\n");
  if (split < 0) return fail("there is no empty line before the checkpoint");
  const [first = "", ...lines] = text.slice(0, split).split("\n");
  const oldSize = parseDecimal(/^old (.*)$/.exec(first)?.[1] ?? "");
  if (oldSize === null) return fail("the first line is not `old <decimal>`");
  const proof = lines.flatMap((line) => fromBase64(line) ?? []);
  if (
    lines.length > maxProofLines ||
    proof.length < lines.length ||
    proof.some(({ length }) => length !== hashBytes)
  ) {
    return fail(`expected up to ${maxProofLines} hashes of 32 bytes in base64, a line each`);
  }
  const note = parseNote(encodeUtf8(text.slice(split + 2)));
  if (!note.ok) return note;
  const checkpoint = parseCheckpoint(note.value.text);
  return checkpoint.ok ? ok({ oldSize, proof, note: note.value, checkpoint: checkpoint.value }) : checkpoint;
}
