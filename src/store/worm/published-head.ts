import { type Checkpoint, type LogReader, parseCheckpoint, parseNote } from "../../ledger/index.ts";

/** A checkpoint with the bytes of its whole note. */
export interface PublishedHead extends Checkpoint {
  readonly bytes: Uint8Array;
}

/** What a log's checkpoint states, whoever signed it; null when there is none that can be read. */
export async function readPublishedHead(reader: LogReader): Promise<PublishedHead | null> {
  const bytes = await reader.read("checkpoint");
  const note = bytes === null ? null : parseNote(bytes);
  const checkpoint = note?.ok ? parseCheckpoint(note.value.text) : null;
  return bytes !== null && checkpoint?.ok ? { ...checkpoint.value, bytes } : null;
}
