// One record while its request is under way. The gateway thread that takes the request owns its state.
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { concatBytes } from "../../base/index.ts";
import { nodeFileSystem, withDescriptor } from "../../disk/index.ts";
import {
  formatHeader,
  type FrameKind,
  maxFrameBytes,
  type RecordIdentity,
  sealFrame,
} from "./record-format.ts";

/** The record cannot be written, and a tenant whose contract asks for one gets no answer without it. */
export class RecordUnavailableError extends Error {
  constructor(options: ErrorOptions) {
    super("the content record cannot be written", options);
    this.name = "RecordUnavailableError";
  }
}

interface RecordOptions {
  readonly file: string;
  readonly identity: RecordIdentity;
  /** The key of this record alone. */
  readonly key: Uint8Array;
}

/**
 * Holds at most one frame of the answer in memory. If we crash before `end` has resolved, the file is a beginning of the
 * record, and reads as one that broke off.
 */
export class ContentRecord {
  readonly #file: FileHandle;
  readonly #identity: RecordIdentity;
  readonly #key: Uint8Array;
  #frames = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #ending: Promise<void> | null = null;

  private constructor(file: FileHandle, { identity, key }: RecordOptions) {
    this.#file = file;
    this.#identity = identity;
    this.#key = key;
  }

  /** Resolves when the request is on disk, and the file's name with it. */
  static async begin(options: RecordOptions, request: Uint8Array): Promise<ContentRecord> {
    return guarded(async () => {
      // Exclusively: a second record of one request would use its nonces again.
      const file = await withDescriptor(() => open(options.file, "wx", 0o600));
      const record = new ContentRecord(file, options);
      try {
        await file.appendFile(formatHeader(options.identity));
        await record.#append("request", request);
        await file.datasync();
        await nodeFileSystem.syncDirectory(dirname(options.file));
        return record;
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  /** The bytes may be released when this resolves: it waits for the disk whenever a frame is full. */
  async answer(bytes: Uint8Array): Promise<void> {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= maxFrameBytes) await guarded(() => this.#flush());
  }

  /** Resolves when all of it is on disk. A second call waits for the first. */
  end(): Promise<void> {
    this.#ending ??= guarded(() => this.#end());
    return this.#ending;
  }

  async #end(): Promise<void> {
    try {
      await this.#flush();
      await this.#append("end", new Uint8Array());
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    const bytes = concatBytes(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    await this.#append("answer", bytes);
  }

  async #append(kind: FrameKind, bytes: Uint8Array): Promise<void> {
    let from = 0;
    do {
      const part = bytes.subarray(from, from + maxFrameBytes);
      // INVARIANT: the number counts up before the write, so that no nonce is used twice (NIST SP 800-38D §8).
      const frame = { kind, bytes: part, number: this.#frames++ };
      await this.#file.appendFile(sealFrame(this.#key, this.#identity, frame));
      from += maxFrameBytes;
    } while (from < bytes.length);
  }
}

async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw new RecordUnavailableError({ cause });
  }
}
