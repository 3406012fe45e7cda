import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import type { LogReader } from "./log-reader.ts";
import { parseNote } from "../note/note.ts";

/** A checkpoint that somebody else kept, such as the newest one that a witness serves. */
export interface SeenCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The whole note. */
  readonly bytes: Uint8Array;
}

/** Null for what is no checkpoint. Who signed it is asked when it is compared. */
export function readSeen(bytes: Uint8Array): SeenCheckpoint | null {
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  return checkpoint.ok ? { checkpoint: checkpoint.value, bytes } : null;
}

const directory = "checkpoints";

/**
 * Reads the log as if it had kept these itself. So whoever holds its key cannot show another history, or an older state,
 * that is sound by itself: it contradicts what was seen.
 */
export function withSeen(reader: LogReader, seen: readonly SeenCheckpoint[]): LogReader {
  if (seen.length === 0) return reader;
  const files = new Map(seen.map(({ checkpoint, bytes }) => [`${directory}/${checkpoint.size}`, bytes]));
  return {
    read: async (path) => files.get(path) ?? reader.read(path),
    list: async (path) => {
      const names = await reader.list(path);
      const more = seen.map(({ checkpoint }) => String(checkpoint.size));
      return path === directory ? [...new Set([...names, ...more])] : names;
    },
  };
}
