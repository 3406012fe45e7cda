// AWS KMS: the wrapping key is a symmetric KMS key, and what it wraps is bound by its encryption context. KMS logs that
// context in CloudTrail, which is why it holds a handle and nothing that outlives the handle's key.
// The control thread owns its state.
import type { DescribeKeyCommandOutput, KMSClient } from "@aws-sdk/client-kms";
import { setTimeout as wait } from "node:timers/promises";
import { later } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
  type WrappedKey,
} from "./key-service.ts";

export interface AwsKmsOptions {
  /** Key id, key ARN, alias (`alias/…`) or alias ARN. */
  readonly key: string;
  readonly region: string;
  /** Null: the region's own. */
  readonly endpoint: string | null;
  /** Null: wherever the SDK finds them: environment, profile, web identity, instance. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  readonly timeoutMs: number;
}

const service = "aws-kms";
/** One try and one more; the SDK waits in between. */
const attempts = 2;

export async function openAwsKmsService(options: AwsKmsOptions): Promise<KeyService> {
  const key = new KmsKey(await loadSdk(), options);
  return {
    name: service,
    warning: null,
    wrap: (plain, context) => key.encrypt(plain, context),
    unwrap: (wrapped, context) => key.decrypt(wrapped, context),
    rewrap: (wrapped, context) => key.reEncrypt(wrapped, context),
    rotate: () => key.rotate(),
    describe: () => key.describe(),
    close: async () => key.close(),
  };
}

type Sdk = typeof import("@aws-sdk/client-kms");

class KmsKey {
  readonly #sdk: Sdk;
  readonly #client: KMSClient;
  readonly #options: AwsKmsOptions;
  /** KMS tells the version of a key, not of a ciphertext: what is wrapped is under this one or under a newer one. */
  #newest: KeyVersion | null = null;

  constructor(sdk: Sdk, options: AwsKmsOptions) {
    const { region, endpoint, credentials, timeoutMs } = options;
    this.#sdk = sdk;
    this.#options = options;
    this.#client = new sdk.KMSClient({
      region,
      // Whom we ask is said by the cell file: no AWS_ENDPOINT_URL of the environment, no profile may name another.
      ignoreConfiguredEndpointUrls: true,
      maxAttempts: attempts,
      requestHandler: {
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        throwOnRequestTimeout: true,
      },
      ...(endpoint !== null && { endpoint }),
      ...(credentials && { credentials }),
    });
  }

  async encrypt(plain: Uint8Array, context: KeyContext): Promise<WrappedKey> {
    const newest = this.#newest ?? (await this.describe());
    const { CiphertextBlob: ciphertext } = await this.#ask((signal) =>
      this.#client.send(
        new this.#sdk.EncryptCommand({
          KeyId: this.#options.key,
          Plaintext: plain,
          EncryptionContext: contextMembers(context),
        }),
        signal,
      ),
    );
    if (!ciphertext) throw garbled();
    return { ...newest, ciphertext };
  }

  async decrypt({ ciphertext }: WrappedKey, context: KeyContext): Promise<Uint8Array> {
    const blob = requireSome(ciphertext);
    const { Plaintext: plain } = await this.#ask((signal) =>
      this.#client.send(
        new this.#sdk.DecryptCommand({
          // Named, so that a ciphertext under some other key that we may use is refused too.
          KeyId: this.#options.key,
          CiphertextBlob: blob,
          EncryptionContext: contextMembers(context),
        }),
        signal,
      ),
    );
    if (!plain) throw garbled();
    return plain;
  }

  /** KMS re-encrypts inside itself, so the subject's key does not come out. */
  async reEncrypt({ ciphertext }: WrappedKey, context: KeyContext): Promise<WrappedKey> {
    const blob = requireSome(ciphertext);
    const newest = this.#newest ?? (await this.describe());
    const { CiphertextBlob: rewrapped } = await this.#ask((signal) =>
      this.#client.send(
        new this.#sdk.ReEncryptCommand({
          SourceKeyId: this.#options.key,
          DestinationKeyId: this.#options.key,
          CiphertextBlob: blob,
          SourceEncryptionContext: contextMembers(context),
          DestinationEncryptionContext: contextMembers(context),
        }),
        signal,
      ),
    );
    if (!rewrapped) throw garbled();
    return { ...newest, ciphertext: rewrapped };
  }

  async describe(): Promise<KeyVersion> {
    const answer = await this.#ask((signal) =>
      this.#client.send(new this.#sdk.DescribeKeyCommand({ KeyId: this.#options.key }), signal),
    );
    this.#newest = versionOf(answer);
    return this.#newest;
  }

  /** KMS rotates in the background, and takes 25 rotations on demand in a key's life. */
  async rotate(): Promise<KeyVersion> {
    const before = await this.describe();
    await this.#ask((signal) =>
      this.#client.send(new this.#sdk.RotateKeyOnDemandCommand({ KeyId: before.key }), signal),
    );
    const deadlineMs = later(monotonicNow(), this.#options.timeoutMs);
    for (;;) {
      const now = await this.describe();
      if (now.version !== before.version || now.version === unversioned) return now;
      if (monotonicNow() > deadlineMs) {
        throw new KeysUnavailableError(
          service,
          "the rotation has begun and is not done; run `keys rewrap` later",
        );
      }
      await wait(rotationPollMs);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #ask<Answer>(send: (bound: { abortSignal: AbortSignal }) => Promise<Answer>): Promise<Answer> {
    try {
      return await send({ abortSignal: AbortSignal.timeout(this.#options.timeoutMs) });
    } catch (error) {
      // The SDK's texts may quote what it was sent; the name of the error says what happened.
      const name = error instanceof Error ? error.name : "unknown";
      const refusal = refusals.get(name);
      if (refusal !== undefined) throw new KeyRefusedError(service, `${name}: ${refusal}`, { cause: error });
      throw new KeysUnavailableError(
        service,
        `\`${this.#options.key}\` in ${this.#options.region}: ${name}`,
        {
          cause: error,
        },
      );
    }
  }
}

const rotationPollMs = 500;
/** The version of a key whose versions KMS does not tell, as of those in a custom key store. */
const unversioned = "unversioned";

const refusals: ReadonlyMap<string, string> = new Map([
  ["InvalidCiphertextException", "a key does not open: it was damaged or moved"],
  ["IncorrectKeyException", "a key is wrapped under another KMS key"],
  ["NotFoundException", "there is no such key in this account and region"],
  ["AccessDeniedException", "the key's policy does not allow it, or a key is wrapped under another KMS key"],
  ["LimitExceededException", "the key has been rotated on demand as often as it can be; make another one"],
  ["InvalidKeyUsageException", "the key is not for encryption"],
  ["ValidationException", "the name of the key, or what it is to open, is malformed"],
]);

/** The key's ARN, whatever it was asked for by: an alias may come to name another key. */
function versionOf({ KeyMetadata: metadata }: DescribeKeyCommandOutput): KeyVersion {
  if (metadata?.Arn === undefined) throw garbled();
  return { key: metadata.Arn, version: metadata.CurrentKeyMaterialId ?? unversioned };
}

function contextMembers({ deployment, cell, kind, handle }: KeyContext): Record<string, string> {
  return { deployment, cell, kind, handle };
}

/** KMS would take an empty one for one that is missing. */
function requireSome(ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length > 0) return ciphertext;
  throw new KeyRefusedError(service, "a key does not open: nothing is left of it");
}

function garbled(): KeysUnavailableError {
  return new KeysUnavailableError(service, "what answers does not speak as AWS KMS does");
}

/** Loaded on use: who keeps keys elsewhere needs no SDK (docs/decisions/0019). */
async function loadSdk(): Promise<Sdk> {
  try {
    return await import("@aws-sdk/client-kms");
  } catch (error) {
    throw new KeyRefusedError(
      service,
      "the optional package `@aws-sdk/client-kms` is not installed; run `npm install @aws-sdk/client-kms`",
      { cause: error },
    );
  }
}
