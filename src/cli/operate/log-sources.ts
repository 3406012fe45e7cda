// Where a provider's log is read from: files, standard input, and the objects below a prefix of a bucket.
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { asUnusableState, UnusableInputError } from "../../disk/index.ts";
import type { ProviderLog } from "../../operate/index.ts";
import { BucketObjects } from "../../store/index.ts";
import { bucketAt, isBucketUrl } from "../ledger/ledger-bucket.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface LogSource {
  /** As a person would say it. */
  readonly name: string;
  /** More may come for as long as its writer wishes. */
  readonly isLive: boolean;
  readonly open: () => Promise<Readable>;
}

/** A bucket could not be listed to its end: what was listed before may have been read. */
export class UnlistableBucketError extends UnusableInputError {}

/** Owner: one command. */
export class LogSources {
  readonly #terminal: Terminal;
  readonly #names: readonly string[];
  readonly #besides: RegExp | null;
  /** By URL. */
  readonly #buckets = new Map<string, BucketObjects>();

  /** `names`: paths, `-`, and URLs such as `s3://bucket/prefix`. */
  constructor(terminal: Terminal, names: readonly string[], { besides }: ProviderLog) {
    this.#terminal = terminal;
    this.#names = names;
    this.#besides = besides;
  }

  /** How many bytes there are; what comes by standard input is not counted. Throws UnusableInputError for a prefix with nothing to read. */
  async measure(): Promise<number> {
    let bytes = 0;
    for (const name of this.#names)
      bytes += isBucketUrl(name) ? await this.#measureObjects(name) : measureFile(name);
    return bytes;
  }

  /** One after the other, as they were named, objects in the order of their keys. Throws {@link UnlistableBucketError}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LogSource, void> {
    for (const name of this.#names)
      if (isBucketUrl(name)) yield* this.#objects(name);
      else yield file(this.#terminal, name);
  }

  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
  }

  async #measureObjects(url: string): Promise<number> {
    let [bytes, count, besideCount] = [0, 0, 0];
    for await (const object of listing(url, this.#listed(url))) {
      if (this.#isLog(object.key)) {
        count++;
        bytes += object.bytes;
      } else besideCount++;
    }
    if (besideCount > 0)
      this.#terminal.note(`\`${url}\`: ${besideCount} objects that are kept beside the log are left out`);
    if (count === 0)
      throw new UnusableInputError([`\`${url}\` holds no object of a log: name another prefix`]);
    return bytes;
  }

  async *#objects(url: string): AsyncGenerator<LogSource, void> {
    const { address, prefix } = bucketAt(this.#terminal, url);
    const bucket = await this.#bucket(url);
    for await (const { key, open } of listing(
      url,
      bucket.read(prefix, (each) => this.#isLog(each)),
    ))
      yield { name: `\`s3://${address.bucket}/${key}\``, isLive: false, open };
  }

  async *#listed(url: string): AsyncGenerator<{ readonly key: string; readonly bytes: number }, void> {
    yield* (await this.#bucket(url)).list(bucketAt(this.#terminal, url).prefix);
  }

  async #bucket(url: string): Promise<BucketObjects> {
    const open = this.#buckets.get(url);
    if (open !== undefined) return open;
    const opened = await BucketObjects.open(bucketAt(this.#terminal, url).address);
    this.#buckets.set(url, opened);
    return opened;
  }

  #isLog(key: string): boolean {
    return this.#besides?.test(`/${key}`) !== true;
  }
}

/** What a listing yields. Throws {@link UnlistableBucketError}. */
async function* listing<Item>(url: string, items: AsyncIterable<Item>): AsyncGenerator<Item, void> {
  try {
    yield* items;
  } catch (error) {
    // It was not asked yet: credentials are missing.
    if (error instanceof UnusableInputError) throw error;
    const told = asUnusableState(`\`${url}\` cannot be listed`, error);
    throw told instanceof UnusableInputError ? new UnlistableBucketError(told.lines, { cause: error }) : told;
  }
}

function file({ streams }: Terminal, name: string): LogSource {
  if (name === "-") return { name: "standard input", isLive: true, open: async () => streams.stdin };
  return { name: `\`${name}\``, isLive: false, open: async () => createReadStream(name) };
}

/** One that is not there, is said where it is read. */
function measureFile(name: string): number {
  return name === "-" ? 0 : (statSync(name, { throwIfNoEntry: false })?.size ?? 0);
}
