// The only door to S3-compatible storage (`mayConnect` in test/architecture.test.ts): what goes out by it are files of
// a log, which hold no content and no identity. Whoever opens it owns its state.
import { Readable } from "node:stream";
import type {
  ListObjectsV2CommandOutput,
  ListObjectVersionsCommandOutput,
  S3Client,
} from "@aws-sdk/client-s3";
import { type InstantMs, toBase64 } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";

export interface BucketAddress {
  /** Null: AWS, by its region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end by themselves. */
  readonly sessionToken?: string;
}

/** An object, as it is when it is listed. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** All that the storage holds under one key. */
export interface StoredKey {
  /** Oldest first; `etag` is the same for the same bytes, as far as they were stored in one piece. */
  readonly versions: { readonly version: string; readonly etag: string }[];
  /** Each hides the versions before it from whoever asks for none by its id. */
  deleteMarkerCount: number;
}

/** Calls reject as {@link BucketRefusedError} where asking again cannot help; otherwise it may. */
export interface Bucket {
  /** Rejects unless objects in the bucket can be locked. */
  requireLock(): Promise<void>;
  /**
   * Stores an object, locked until then, and returns its version. `isFirst`: only under a key that has none; null where
   * the service says that it has (some do not look, and make another version).
   */
  put(key: string, bytes: Uint8Array, lock: { untilMs: InstantMs; isFirst: boolean }): Promise<string | null>;
  /** Rejects unless that version is locked until then, in a mode that nobody can lift. */
  requireLocked(key: string, version: string, untilMs: InstantMs): Promise<void>;
  /** `version` null: the newest. */
  get(key: string, version: string | null): Promise<Uint8Array>;
  list(prefix: string): Promise<ReadonlyMap<string, StoredKey>>;
  /** The newest version of each object whose key begins so, in the order of their keys; as many as there are, a page in memory. */
  objects(prefix: string): AsyncIterable<StoredObject>;
  /** The newest version, as it comes. */
  open(key: string): Promise<Readable>;
  close(): void;
}

export type BucketRefusal = "no_object_lock" | "lock_not_applied";

/** The storage does not do what it must: copies in it would prove nothing. */
export class BucketRefusedError extends Error {
  readonly reason: BucketRefusal;

  constructor(reason: BucketRefusal, message: string) {
    super(message);
    this.name = "BucketRefusedError";
    this.reason = reason;
  }
}

const requestTimeoutMs = 10_000;
const maxConnections = 8;

/** `maxAttempts`: one for a writer, who must look up whether a call that failed took effect before making it again. */
export async function openBucket(address: BucketAddress, maxAttempts: number): Promise<Bucket> {
  const sdk = await loadSdk();
  const client = new sdk.S3Client({
    region: address.region,
    // Where the copies go is the caller's word: no AWS_ENDPOINT_URL of the environment, no profile may name another server.
    ignoreConfiguredEndpointUrls: true,
    ...(address.endpoint === null ? {} : { endpoint: address.endpoint, forcePathStyle: true }),
    credentials: credentialsOf(address),
    maxAttempts,
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      connectionTimeout: requestTimeoutMs,
      httpAgent: { maxSockets: maxConnections },
      httpsAgent: { maxSockets: maxConnections },
    },
  });
  return new S3Bucket(sdk, client, address.bucket);
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: BucketAddress): Credentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

type Credentials = Pick<BucketAddress, "accessKeyId" | "secretAccessKey" | "sessionToken">;

type Sdk = typeof import("@aws-sdk/client-s3");

const packageName = "@aws-sdk/client-s3";

/** Throws where the package is not installed, which only cells with locked copies need (docs/decisions/0023). */
export function requireS3Client(): void {
  try {
    import.meta.resolve(packageName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const next = `npm install ${packageName}`;
    throw new Error(`S3-compatible storage needs a package that is not installed: ${next}`, { cause: error });
  }
}

async function loadSdk(): Promise<Sdk> {
  requireS3Client();
  return import("@aws-sdk/client-s3");
}

class S3Bucket implements Bucket {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #name: string;

  constructor(sdk: Sdk, client: S3Client, name: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#name = name;
  }

  async requireLock(): Promise<void> {
    const command = new this.#sdk.GetObjectLockConfigurationCommand({ Bucket: this.#name });
    const answer = await this.#client.send(command).catch((error: unknown) => {
      if (nameOf(error) === "ObjectLockConfigurationNotFoundError") return null;
      throw error;
    });
    if (answer?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled") return;
    throw new BucketRefusedError(
      "no_object_lock",
      `bucket \`${this.#name}\` has no object lock, which can only be given when a bucket is made: make another one`,
    );
  }

  async put(
    key: string,
    bytes: Uint8Array,
    { untilMs, isFirst }: { readonly untilMs: InstantMs; readonly isFirst: boolean },
  ): Promise<string | null> {
    const command = new this.#sdk.PutObjectCommand({
      Bucket: this.#name,
      Key: key,
      Body: bytes,
      // Nobody can lift such a lock, the account's own root user included; in mode GOVERNANCE some could.
      ObjectLockMode: "COMPLIANCE",
      ObjectLockRetainUntilDate: new Date(untilMs),
      ChecksumSHA256: toBase64(sha256(bytes)),
      ...(isFirst ? { IfNoneMatch: "*" } : {}),
    });
    try {
      return this.#requireVersion(key, (await this.#client.send(command)).VersionId);
    } catch (error) {
      if (statusOf(error) === 412) return null;
      throw error;
    }
  }

  async requireLocked(key: string, version: string, untilMs: InstantMs): Promise<void> {
    const command = new this.#sdk.HeadObjectCommand({ Bucket: this.#name, Key: key, VersionId: version });
    const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = await this.#client.send(command);
    // Services keep whole seconds.
    if (mode === "COMPLIANCE" && (until?.getTime() ?? 0) >= untilMs - 1000) return;
    throw new BucketRefusedError(
      "lock_not_applied",
      `\`${key}\` in bucket \`${this.#name}\` is not locked as was asked (${mode ?? "no lock"}, ` +
        `until ${until?.toISOString() ?? "never"}): the service does not keep what it promises`,
    );
  }

  async get(key: string, version: string | null): Promise<Uint8Array> {
    const VersionId = version ?? undefined;
    const command = new this.#sdk.GetObjectCommand({ Bucket: this.#name, Key: key, VersionId });
    const { Body: body } = await this.#client.send(command);
    return (await body?.transformToByteArray()) ?? new Uint8Array();
  }

  async list(prefix: string): Promise<ReadonlyMap<string, StoredKey>> {
    const keys = new Map<string, StoredKey>();
    let next: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | null = {};
    while (next !== null) {
      const command = new this.#sdk.ListObjectVersionsCommand({
        Bucket: this.#name,
        Prefix: prefix,
        ...next,
      });
      const page: ListObjectVersionsCommandOutput = await this.#client.send(command);
      for (const { Key = "", VersionId = "", ETag = "" } of page.Versions ?? []) {
        // The newest is listed first; times of one second would not tell.
        keyIn(keys, Key).versions.unshift({ version: VersionId, etag: ETag });
      }
      for (const { Key = "" } of page.DeleteMarkers ?? []) keyIn(keys, Key).deleteMarkerCount++;
      next = page.IsTruncated === true ? markersOf(page) : null;
    }
    return keys;
  }

  async *objects(prefix: string): AsyncGenerator<StoredObject, void> {
    let token: string | undefined;
    do {
      const command = new this.#sdk.ListObjectsV2Command({
        Bucket: this.#name,
        Prefix: prefix,
        ContinuationToken: token,
      });
      const page: ListObjectsV2CommandOutput = await this.#client.send(command);
      for (const { Key = "", Size = 0 } of page.Contents ?? []) yield { key: Key, bytes: Size };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async open(key: string): Promise<Readable> {
    const command = new this.#sdk.GetObjectCommand({ Bucket: this.#name, Key: key });
    const { Body: body } = await this.#client.send(command);
    if (!(body instanceof Readable)) throw new TypeError(`object \`${key}\` came as no stream`);
    return body;
  }

  close(): void {
    this.#client.destroy();
  }

  #requireVersion(key: string, version: string | undefined): string {
    if (version !== undefined) return version;
    throw new BucketRefusedError("no_object_lock", `bucket \`${this.#name}\` gave \`${key}\` no version`);
  }
}

function keyIn(keys: Map<string, StoredKey>, key: string): StoredKey {
  const present = keys.get(key) ?? { versions: [], deleteMarkerCount: 0 };
  keys.set(key, present);
  return present;
}

function markersOf({ NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput): {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
} {
  return {
    ...(NextKeyMarker === undefined ? {} : { KeyMarker: NextKeyMarker }),
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
