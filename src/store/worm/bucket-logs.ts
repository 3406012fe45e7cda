// Reading logs back from locked storage, whatever somebody put over them since: by version, never by name alone.
// Whoever opens it owns its state.
import { type LogReader, parseTilePath } from "../../ledger/index.ts";
import { type PublishedLog, publishedLog } from "../read/published-log.ts";
import { type Bucket, type BucketAddress, openBucket, type StoredKey } from "./bucket.ts";
import { parseManifest } from "./manifest.ts";

/** Somebody wrote to a key again, or hid it. What is read is the version that was there first, or that was pinned. */
export interface TouchedKey {
  readonly path: string;
  readonly versionCount: number;
  readonly deleteMarkerCount: number;
  /** The other versions hold other bytes; otherwise it was stored twice, as after a crash between storing and noting. */
  readonly isAltered: boolean;
}

export interface BucketLog extends PublishedLog {
  readonly touched: readonly TouchedKey[];
}

const readAttempts = 3;
const maxManifestVersions = 8;

/** Every log below a prefix of a bucket, by the order of their names. */
export async function openBucketLogs(address: BucketAddress, prefix: string): Promise<readonly BucketLog[]> {
  const bucket = await openBucket(address, readAttempts);
  const keys = await bucket.list(prefix);
  const roots = new Set([...keys.keys()].flatMap((key) => /^(.*)checkpoints\/\d+$/.exec(key)?.[1] ?? []));
  const logs: BucketLog[] = [];
  for (const root of roots) {
    const files = await pinFiles(bucket, root, keys);
    const name = `s3://${address.bucket}/${root.replace(/\/$/, "")}`;
    logs.push({
      ...publishedLog(name, new BucketReader(bucket, root, files.pinned)),
      touched: files.touched,
    });
  }
  return logs;
}

interface PinnedFiles {
  /** Which version of which file is the log's. */
  readonly pinned: ReadonlyMap<string, string>;
  readonly touched: readonly TouchedKey[];
}

async function pinFiles(
  bucket: Bucket,
  root: string,
  keys: ReadonlyMap<string, StoredKey>,
): Promise<PinnedFiles> {
  const stored = new Map(
    Array.from(keys)
      .filter(([key]) => key.startsWith(root))
      .map(([key, value]) => [key.slice(root.length), value] as const),
  );
  const listed = await readManifests(bucket, root, stored);
  const pinned = listed.size > 0 ? listed : oldestVersions(stored);
  const touched = Array.from(stored, ([path, key]) => touchedKey(path, key, pinned.get(path)));
  return { pinned, touched: touched.filter((each) => each !== null) };
}

/** Empty when no anchor was reached: then nothing but age tells versions apart. */
async function readManifests(
  bucket: Bucket,
  root: string,
  stored: ReadonlyMap<string, StoredKey>,
): Promise<Map<string, string>> {
  const pinned = new Map<string, string>();
  for (const [path, { versions }] of stored) {
    if (!/^manifests\/\d{8}$/.test(path)) continue;
    // A cell that lost its manifests begins to count again; so one name may stand for several, the oldest first.
    for (const { version } of versions.slice(0, maxManifestVersions)) {
      const manifest = parseManifest(await bucket.get(root + path, version));
      // A file that was pinned by an earlier manifest is what later ones build on.
      for (const object of manifest?.objects ?? []) {
        if (!pinned.has(object.path)) pinned.set(object.path, object.version);
      }
    }
  }
  return pinned;
}

function oldestVersions(stored: ReadonlyMap<string, StoredKey>): Map<string, string> {
  return new Map(Array.from(stored, ([path, { versions }]) => [path, versions[0]?.version ?? ""]));
}

function touchedKey(
  path: string,
  { versions, deleteMarkerCount }: StoredKey,
  pinned: string | undefined,
): TouchedKey | null {
  if (versions.length === 1 && deleteMarkerCount === 0) return null;
  const ours = versions.find(({ version }) => version === pinned) ?? versions[0];
  const isAltered = versions.some(({ etag }) => etag !== ours?.etag);
  return { path, versionCount: versions.length, deleteMarkerCount, isAltered };
}

/** Files that are asked for before they are needed: an answer takes longer than hashing what it brings. */
const filesAhead = 16;

class BucketReader implements LogReader {
  readonly #bucket: Bucket;
  readonly #root: string;
  readonly #pinned: ReadonlyMap<string, string>;
  /** In the order of a level's tiles. */
  readonly #paths: readonly string[];
  readonly #orders: ReadonlyMap<string, number>;
  readonly #directories = new Map<string, Set<string>>();
  readonly #ahead = new Map<string, Promise<Uint8Array>>();

  constructor(bucket: Bucket, root: string, pinned: ReadonlyMap<string, string>) {
    this.#bucket = bucket;
    this.#root = root;
    this.#pinned = pinned;
    this.#paths = [...pinned.keys()].filter((path) => parseTilePath(path) !== null).toSorted();
    this.#orders = new Map(this.#paths.map((path, order) => [path, order]));
    for (const path of pinned.keys()) this.#enter(path);
  }

  async read(path: string): Promise<Uint8Array | null> {
    const asked = path === "checkpoint" ? this.#newestCheckpoint() : path;
    if (asked === null || !this.#pinned.has(asked)) return null;
    const answer = this.#ahead.get(asked) ?? this.#ask(asked);
    this.#ahead.delete(asked);
    this.#askAhead(asked);
    return answer;
  }

  list(directory: string): Promise<readonly string[]> {
    return Promise.resolve([...(this.#directories.get(directory) ?? [])]);
  }

  #enter(path: string): void {
    const slash = path.lastIndexOf("/");
    if (slash === -1) return;
    const directory = path.slice(0, slash);
    const names = this.#directories.get(directory);
    if (names === undefined) this.#enter(directory);
    this.#directories.set(directory, (names ?? new Set()).add(path.slice(slash + 1)));
  }

  /** A log in use has no `checkpoint` here, where it could not be replaced; the newest kept one stands for it. */
  #newestCheckpoint(): string | null {
    const sizes = [...this.#pinned.keys()].flatMap((path) => /^checkpoints\/(\d+)$/.exec(path)?.[1] ?? []);
    return sizes.length === 0 ? null : `checkpoints/${Math.max(...sizes.map(Number))}`;
  }

  #askAhead(path: string): void {
    const order = this.#orders.get(path);
    if (order === undefined) return;
    const level = path.split("/")[1];
    for (const next of this.#paths.slice(order + 1, order + 1 + filesAhead)) {
      if (next.split("/")[1] !== level || this.#ahead.has(next)) continue;
      const answer = this.#ask(next);
      // Whoever reads it hears of it; nobody may ever.
      answer.catch(() => undefined);
      this.#ahead.set(next, answer);
    }
  }

  #ask(path: string): Promise<Uint8Array> {
    return this.#bucket.get(this.#root + path, this.#pinned.get(path) ?? "");
  }
}
