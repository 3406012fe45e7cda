// The copies thread owns its state.
import { equalBytes, type InstantMs, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { type Bucket, BucketRefusedError } from "./bucket.ts";
import type { PinnedObject } from "./manifest.ts";

export interface ObjectPlace {
  readonly bucket: Bucket;
  /** Where the objects of one log lie, with a slash at the end. */
  readonly prefix: string;
  readonly untilMs: InstantMs;
}

export interface StoredObject extends PinnedObject {
  /** It had been stored before, and nobody had noted that. */
  readonly wasThere: boolean;
}

/** Versions of one key that are looked at for bytes that may be ours. */
const maxLookedAt = 8;

/** Stores the files of one log, each once as far as anybody can tell, and says which version is ours. */
export class ObjectWriter {
  readonly #place: ObjectPlace;
  #isLockSeen = false;

  constructor(place: ObjectPlace) {
    this.#place = place;
  }

  /** Whether an object was seen to be locked; until then no more than one should be stored. */
  get isLockSeen(): boolean {
    return this.#isLockSeen;
  }

  /** `isInDoubt`: an earlier call may have stored it without our hearing of it. */
  async store(path: string, bytes: Uint8Array, isInDoubt: boolean): Promise<StoredObject> {
    const found = isInDoubt ? await this.#find(path, bytes) : null;
    const version =
      found ??
      (await this.#put(path, bytes, true)) ??
      (await this.#find(path, bytes)) ??
      // The key is taken by bytes that are not ours; then ours are a later version, which the manifest tells apart.
      (await this.#put(path, bytes, false));
    if (version === null) throw new Error(`\`${path}\` was not stored and is not there`);
    return { path, version, sha256: toHex(sha256(bytes)), wasThere: found !== null };
  }

  async #put(path: string, bytes: Uint8Array, isFirst: boolean): Promise<string | null> {
    const { bucket, prefix, untilMs } = this.#place;
    const version = await bucket.put(prefix + path, bytes, { untilMs, isFirst });
    if (version !== null && !this.#isLockSeen) {
      await bucket.requireLocked(prefix + path, version, untilMs);
      this.#isLockSeen = true;
    }
    return version;
  }

  /** The oldest version with these bytes that is locked for as long. */
  async #find(path: string, bytes: Uint8Array): Promise<string | null> {
    const { bucket, prefix } = this.#place;
    const stored = (await bucket.list(prefix + path)).get(prefix + path);
    for (const { version } of stored?.versions.slice(0, maxLookedAt) ?? []) {
      const isOurs = equalBytes(await bucket.get(prefix + path, version), bytes);
      if (isOurs && (await this.#isLocked(path, version))) return version;
    }
    return null;
  }

  async #isLocked(path: string, version: string): Promise<boolean> {
    const { bucket, prefix, untilMs } = this.#place;
    try {
      await bucket.requireLocked(prefix + path, version, untilMs);
      return true;
    } catch (error) {
      if (error instanceof BucketRefusedError) return false;
      throw error;
    }
  }
}
