// The content of a stored object, written and read in pieces: at most a frame of it is in memory.
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { nodeFileSystem, withDescriptor } from "../../disk/index.ts";
import {
  type FrameSite,
  lengthBytes,
  maxFrameBytes,
  openFrame,
  sealedLength,
  sealFrame,
} from "./object-format.ts";

/** What is stored cannot be written, or not be read. */
export class ObjectUnavailableError extends Error {
  constructor(options: ErrorOptions) {
    super("what callers store cannot be written or read", options);
    this.name = "ObjectUnavailableError";
  }
}

/** A bit of it is not as it was written, or it ends too soon. */
export class ObjectDamagedError extends Error {
  constructor(id: string) {
    super(`stored object \`${id}\` is damaged, or belongs elsewhere`);
    this.name = "ObjectDamagedError";
  }
}

interface ContentPlace {
  readonly path: string;
  readonly site: FrameSite;
  /** Of this content alone. */
  readonly key: Uint8Array;
}

interface Continuation {
  readonly frames: number;
  readonly contentBytes: number;
  /** Of the file. */
  readonly end: number;
}

/** Whoever opens it owns its state, and is the only one who writes there. */
export class ContentWriter {
  readonly #file: FileHandle;
  readonly #place: ContentPlace;
  #frames: number;
  #bytes: number;
  #end: number;

  private constructor(file: FileHandle, place: ContentPlace, { frames, contentBytes, end }: Continuation) {
    this.#file = file;
    this.#place = place;
    this.#frames = frames;
    this.#bytes = contentBytes;
    this.#end = end;
  }

  /** Resolves once its name is on disk. Rejects, as all else here, with {@link ObjectUnavailableError}. */
  static create(place: ContentPlace): Promise<ContentWriter> {
    return guarded(async () => {
      const file = await withDescriptor(() => open(place.path, "wx", 0o600));
      return orClosed(file, async () => {
        await nodeFileSystem.syncDirectory(dirname(place.path));
        return new ContentWriter(file, place, { frames: 0, contentBytes: 0, end: 0 });
      });
    });
  }

  /**
   * Goes on behind the last whole line: what a crash, or a full disk, left after it is cut off. `onBytes` gets all that
   * stays. Frames have nonces at random, so that one that is written anew is under another.
   */
  static resume(place: ContentPlace, onBytes: (bytes: Uint8Array) => void): Promise<ContentWriter> {
    return guarded(async () => {
      const kept = await lastWholeLine(place, onBytes);
      const file = await withDescriptor(() => open(place.path, "r+"));
      return orClosed(file, async () => {
        await file.truncate(kept.end);
        return new ContentWriter(file, place, kept);
      });
    });
  }

  /** Of the content, not of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What it takes on disk. */
  get fileBytes(): number {
    return this.#end;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += maxFrameBytes)
      await this.#frame(bytes.subarray(from, from + maxFrameBytes), false);
    this.#bytes += bytes.length;
  }

  /** Resolves when all that was appended is on disk. */
  sync(): Promise<void> {
    return guarded(() => this.#file.datasync());
  }

  /** Resolves when all of it is on disk, and says that nothing follows. */
  async end(): Promise<void> {
    try {
      await this.#frame(new Uint8Array(), true);
      await this.sync();
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #frame(bytes: Uint8Array, isLast: boolean): Promise<void> {
    const { key, site } = this.#place;
    const sealed = sealFrame(key, site, { bytes, isLast, number: this.#frames++ });
    for (let from = 0; from < sealed.length;) {
      const { bytesWritten } = await guarded(() =>
        this.#file.write(sealed, from, sealed.length - from, this.#end),
      );
      from += bytesWritten;
      this.#end += bytesWritten;
    }
  }
}

/** Throws {@link ObjectDamagedError} where a bit of it is another, also when it has no end. */
export async function* readContent(place: ContentPlace): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes, isLast } of framesOf(place)) {
    if (isLast) return;
    yield bytes;
  }
  throw new ObjectDamagedError(place.site.head.id);
}

async function lastWholeLine(
  place: ContentPlace,
  onBytes: (bytes: Uint8Array) => void,
): Promise<Continuation> {
  let kept: Continuation = { frames: 0, contentBytes: 0, end: 0 };
  let held: Uint8Array[] = [];
  let [frames, contentBytes] = [0, 0];
  for await (const { bytes, isLast, end } of soundFramesOf(place)) {
    if (isLast) break;
    frames++;
    contentBytes += bytes.length;
    held.push(bytes);
    if (bytes.at(-1) !== lineFeed) continue;
    for (const each of held) onBytes(each);
    held = [];
    kept = { frames, contentBytes, end };
  }
  return kept;
}

const lineFeed = 0x0a;

/** Up to the first that a loss of power has left as something else. */
async function* soundFramesOf(place: ContentPlace): AsyncGenerator<FoundFrame, void> {
  try {
    yield* framesOf(place);
  } catch (error) {
    if (!(error instanceof ObjectDamagedError)) throw error;
  }
}

interface FoundFrame {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  /** Where it ends in the file. */
  readonly end: number;
}

/** As many as are whole: a file that is cut off holds a beginning of a frame at its end. */
async function* framesOf({ path, site, key }: ContentPlace): AsyncGenerator<FoundFrame, void> {
  const file = await guarded(() => withDescriptor(() => open(path, "r")));
  const reader = new BufferedReader(file);
  try {
    for (let number = 0; ; number++) {
      const announced = await reader.take(lengthBytes);
      if (announced === null) return;
      const length = sealedLength(announced);
      if (length === null) throw new ObjectDamagedError(site.head.id);
      const sealed = await reader.take(length);
      if (sealed === null) return;
      const frame = openFrame(key, site, { sealed, number });
      if (frame === null) throw new ObjectDamagedError(site.head.id);
      yield { ...frame, end: reader.at };
    }
  } finally {
    await file.close();
  }
}

/** A call of the system for each of a million small frames would cost more than to open them. */
class BufferedReader {
  readonly #file: FileHandle;
  #held: Buffer = Buffer.alloc(0);
  #readTo = 0;
  at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Null where the file holds fewer bytes. */
  async take(length: number): Promise<Buffer | null> {
    while (this.#held.length < length) {
      const room = Buffer.alloc(4 * maxFrameBytes);
      const { bytesRead } = await this.#file.read(room, 0, room.length, this.#readTo);
      if (bytesRead === 0) return null;
      this.#readTo += bytesRead;
      this.#held = Buffer.concat([this.#held, room.subarray(0, bytesRead)]);
    }
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    this.at += length;
    return taken;
  }
}

/** No descriptor is left behind by what failed after it was opened. */
async function orClosed<Value>(file: FileHandle, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    await file.close();
    throw error;
  }
}

export async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ObjectUnavailableError || cause instanceof ObjectDamagedError) throw cause;
    throw new ObjectUnavailableError({ cause });
  }
}
