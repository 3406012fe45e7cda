// Reads a provider's log to its end, or up to the first part of it that cannot be taken.
import type { Readable } from "node:stream";
import { asUnusableState, UnusableInputError } from "../../disk/index.ts";
import {
  BrokenJsonError,
  ForeignLogError,
  type ProviderLog,
  readRecords,
  UnreadableRecordError,
} from "../../operate/index.ts";
import type { CalledCell } from "../privacy/lifecycle-call.ts";
import { type Progress, startProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type LogSource, LogSources, UnlistableBucketError } from "./log-sources.ts";

/** What a log is read for. */
export interface LogTaker {
  readonly recordCount: number;
  take(records: readonly Uint8Array[]): Promise<void>;
  flush(): Promise<void>;
  endFile(): void;
}

export interface Taking {
  readonly cell: CalledCell;
  readonly taker: LogTaker;
  readonly log: ProviderLog;
  readonly files: readonly string[];
}

/** Resolves with what is wrong with the first that cannot be taken, and null where nothing is. */
export async function takeLog(terminal: Terminal, taking: Taking): Promise<UnusableInputError | null> {
  const sources = new LogSources(terminal, taking.files, taking.log);
  const progress = startProgress(terminal, "reading the log");
  try {
    const bar = new ReadBytes(progress, await sources.measure());
    for await (const source of sources) {
      const fault = await takeSource(source, taking, bar);
      if (fault !== null) return fault;
    }
    return null;
  } catch (error) {
    if (error instanceof UnlistableBucketError && taking.taker.recordCount > 0) return error;
    throw error;
  } finally {
    progress.end();
    sources.close();
  }
}

async function takeSource(
  source: LogSource,
  taking: Taking,
  bar: ReadBytes,
): Promise<UnusableInputError | null> {
  const { isLive } = source;
  const { cell, taker, log } = taking;
  let stream: Readable | null = null;
  try {
    stream = await open(source);
    for await (const records of readRecords(bar.counted(stream), log.wrapper)) {
      await taker.take(records);
      if (!isLive) continue;
      // Whoever follows a log may wait for its next record for an hour, and holds up nobody meanwhile.
      await taker.flush();
      if (stream.readableLength === 0) await cell.release();
    }
    taker.endFile();
    return null;
  } catch (error) {
    return faultOf(error, source, taking);
  } finally {
    if (!isLive) stream?.destroy();
  }
}

async function open(source: LogSource): Promise<Readable> {
  try {
    return await source.open();
  } catch (error) {
    throw new UnreadableSourceError(error);
  }
}

/** Whatever keeps a source from being read; its cause says it. */
class UnreadableSourceError extends Error {
  constructor(cause: unknown) {
    super("the source cannot be read", { cause });
    this.name = "UnreadableSourceError";
  }
}

/** What is wrong with the source. What is not of the source is of the cell, which records nothing now, and is thrown. */
function faultOf(error: unknown, { name, isLive }: LogSource, taking: Taking): UnusableInputError {
  if (error instanceof ForeignLogError) return new UnusableInputError([`${name}: ${error.message}`]);
  if (error instanceof BrokenJsonError || error instanceof UnreadableRecordError)
    return new UnusableInputError([`${name}: ${error.message}; ${restOf(taking)}`]);
  if (!(error instanceof UnreadableSourceError)) throw error;
  const told = isLive ? error.cause : asUnusableState(`${name} cannot be read`, error.cause);
  if (!(told instanceof UnusableInputError)) throw told;
  return told;
}

function restOf({ log, taker }: Taking): string {
  const again = "get the file again and repeat the command";
  return log.grade === null
    ? `${taker.recordCount} records before it are counted: ${again}`
    : `${taker.recordCount} records before it were taken, and what they showed is recorded: ${again}, which records nothing twice`;
}

/** How much of what there is has been read. */
class ReadBytes {
  readonly #progress: Progress;
  readonly #total: number;
  #read = 0;

  constructor(progress: Progress, total: number) {
    this.#progress = progress;
    this.#total = total;
  }

  async *counted(stream: Readable): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const bytes of stream as AsyncIterable<Uint8Array>) {
        yield bytes;
        this.#read += bytes.length;
        if (this.#total > 0) this.#progress.update(Math.min(this.#read, this.#total), this.#total);
      }
    } catch (error) {
      throw new UnreadableSourceError(error);
    }
  }
}
