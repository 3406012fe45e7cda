// Lines for a reader who may stall or leave: a log is no reason for a process to end, to wait, or to grow.
import type { Writable } from "node:stream";

export interface LineOutput {
  /** Never throws and never waits; what nobody takes is dropped and counted. */
  write(lines: string, lineCount?: number): void;
  /** Lines that nobody will read, so far. */
  readonly droppedCount: number;
}

/** Held for a reader that is late; a burst of some thousands of lines fits. */
const maxGatheredBytes = 1 << 20;

/** Streams whose errors are taken care of. A stream is shared by all who write to it. */
const guarded = new WeakSet<Writable>();

/**
 * EPIPE, the reader has left, and EAGAIN, it has left the pipe full, cost the lines that met them; the next ones are tried
 * again, for the standard streams of a process outlive their errors.
 */
export function openLineOutput(stream: Writable, maxBytes: number = maxGatheredBytes): LineOutput {
  let droppedCount = 0;
  if (!guarded.has(stream)) stream.on("error", () => undefined);
  guarded.add(stream);
  return {
    write(lines, lineCount = 1) {
      if (stream.writableLength + lines.length > maxBytes) droppedCount += lineCount;
      else stream.write(lines, (error) => void (error && (droppedCount += lineCount)));
    },
    get droppedCount() {
      return droppedCount;
    },
  };
}
