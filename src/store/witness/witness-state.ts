// What a witness has said, on disk before it is said: for each log the checkpoint that it cosigned last, and the key of
// a log that it came to know from the log before. The control thread owns its state.
import { join } from "node:path";
import { decodeUtf8, encodeUtf8, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { DurableFiles, type FileSystem } from "../../disk/index.ts";
import { keepPair, type RecordDirectory, type SignedPair } from "./witness-evidence.ts";

/** A write failed, so nobody can say what is on disk: nothing is cosigned until the process has started again. */
export class WitnessUnavailableError extends Error {
  constructor(cause: unknown) {
    super("the witness cannot keep its record, so it cosigns nothing", { cause });
    this.name = "WitnessUnavailableError";
  }
}

/** What is on record of one log. Replaced whole, never changed. */
export interface WitnessRecord {
  /** The signed note, with our cosignature; null while nothing was cosigned. */
  readonly checkpoint: Uint8Array | null;
  /** A verifier key that the log before vouched for; null where the trust file alone speaks. */
  readonly introducedKey: string | null;
}

/** What of a decision goes to disk. */
interface Kept {
  /** Null: the record stays as it is. */
  readonly next: WitnessRecord | null;
  /** Null: nothing was shown against the log. */
  readonly proof: SignedPair | null;
}

const unknownLog: WitnessRecord = { checkpoint: null, introducedKey: null };

export class WitnessState {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #files: DurableFiles;
  /** By {@link originHash}. INVARIANT: on disk for good, so all of it may be shown to anyone. */
  readonly #records = new Map<string, WitnessRecord>();
  /** The last action on each log. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #failure: WitnessUnavailableError | null = null;

  private constructor(directory: string, fileSystem: FileSystem, files: DurableFiles) {
    this.#directory = directory;
    this.#fileSystem = fileSystem;
    this.#files = files;
  }

  /**
   * Every record is written again before it is believed: one that was renamed, but whose directory was not synced when
   * the process died, may still vanish with the power (docs/decisions/0014).
   */
  static async open(fileSystem: FileSystem, directory: string): Promise<WitnessState> {
    const files = await DurableFiles.open(fileSystem, directory, join(directory, "new"));
    const state = new WitnessState(directory, fileSystem, files);
    for (const hash of (await fileSystem.list(directory)).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
      const checkpoint = await fileSystem.read(join(directory, hash, "checkpoint"));
      const introduced = await fileSystem.read(join(directory, hash, "log"));
      const introducedKey = introduced === null ? null : (decodeUtf8(introduced) ?? "").trimEnd();
      await state.#write(hash, { checkpoint, introducedKey });
    }
    return state;
  }

  get records(): Iterable<WitnessRecord> {
    return this.#records.values();
  }

  /** By the hash of the origin, hex. */
  recordOf(hash: string): WitnessRecord {
    return this.#records.get(hash) ?? unknownLog;
  }

  /**
   * Runs `decide` on the record of a log, after every earlier call for it has ended: what it looks at is what its answer
   * replaces ("must be performed atomically", tlog-witness). Resolves when the new record, or what was shown against the
   * log, is on disk.
   */
  async update<Decision extends Kept>(
    origin: string,
    decide: (record: WitnessRecord) => Decision,
  ): Promise<Decision> {
    const hash = originHash(origin);
    const earlier = this.#queues.get(hash) ?? Promise.resolve();
    const mine = earlier.then(() => this.#decideAndWrite(hash, decide));
    // A failure is its caller's; those behind it meet `#failure`.
    const settled = mine.catch(() => undefined);
    this.#queues.set(hash, settled);
    void settled.then(() => {
      if (this.#queues.get(hash) === settled) this.#queues.delete(hash);
    });
    return mine;
  }

  async #decideAndWrite<Decision extends Kept>(
    hash: string,
    decide: (record: WitnessRecord) => Decision,
  ): Promise<Decision> {
    if (this.#failure !== null) throw this.#failure;
    const decision = decide(this.recordOf(hash));
    const { next, proof } = decision;
    try {
      if (next !== null) await this.#write(hash, next);
      if (proof !== null) await keepPair(this.#placeOf(hash), proof);
    } catch (error) {
      throw (this.#failure = new WitnessUnavailableError(error));
    }
    return decision;
  }

  #placeOf(hash: string): RecordDirectory {
    return {
      fileSystem: this.#fileSystem,
      files: this.#files,
      directory: join(this.#directory, hash),
    };
  }

  /** If we crash in here, either file is the old one or the new one, and no cosignature was given out. */
  async #write(hash: string, record: WitnessRecord): Promise<void> {
    const { checkpoint, introducedKey } = record;
    const directory = join(this.#directory, hash);
    await this.#files.makeDirectory(directory);
    if (introducedKey !== null && introducedKey !== this.#records.get(hash)?.introducedKey) {
      await this.#files.replace(join(directory, "log"), encodeUtf8(`${introducedKey}\n`));
    }
    if (checkpoint !== null) await this.#files.replace(join(directory, "checkpoint"), checkpoint);
    this.#records.set(hash, record);
  }
}

/** How https://c2sp.org/tlog-witness names a log in a path. */
export function originHash(origin: string): string {
  return toHex(sha256(encodeUtf8(origin)));
}
