// Objects of a bucket that somebody else writes: they are read, and nothing else. Whoever opens it owns its state.
import { Readable } from "node:stream";
import { type Bucket, type BucketAddress, openBucket, type StoredObject } from "./bucket.ts";

export interface OpenableObject {
  readonly key: string;
  readonly open: () => Promise<Readable>;
}

const readAttempts = 3;
/** An answer takes longer than reading what it brings: logs are delivered in many small objects. */
const objectsAhead = 7;
const smallBytes = 1024 * 1024;

export class BucketObjects {
  readonly #bucket: Bucket;

  private constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  static async open(address: BucketAddress): Promise<BucketObjects> {
    return new BucketObjects(await openBucket(address, readAttempts));
  }

  /** In the order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject> {
    return this.#bucket.objects(prefix);
  }

  /**
   * The same, to be opened one after the other. Small ones are fetched before they are opened, as many as fit into
   * {@link objectsAhead} megabytes; a large one comes as it is read.
   */
  async *read(prefix: string, isWanted: (key: string) => boolean): AsyncGenerator<OpenableObject, void> {
    const ahead: OpenableObject[] = [];
    for await (const object of this.list(prefix)) {
      if (!isWanted(object.key)) continue;
      ahead.push(this.#ask(object));
      const [next] = ahead;
      if (ahead.length <= objectsAhead || next === undefined) continue;
      ahead.shift();
      yield next;
    }
    yield* ahead;
  }

  close(): void {
    this.#bucket.close();
  }

  #ask({ key, bytes }: StoredObject): OpenableObject {
    if (bytes > smallBytes) return { key, open: () => this.#bucket.open(key) };
    const whole = this.#bucket.get(key, null);
    // Whoever opens it hears of it; nobody may ever.
    whole.catch(() => undefined);
    return { key, open: async () => Readable.from([await whole]) };
  }
}
