// Keys on disk, each wrapped by the key service and bound to its cell and its handle.
import { createSecretKey, type KeyObject } from "node:crypto";
import { randomBytes } from "../digest.ts";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  type KeyVersion,
} from "../key-services/key-service.ts";
import { formatStoredKey, parseStoredKey, type StoredKey } from "./stored-key.ts";
import { seedBytes } from "./subject-key.ts";
import type { VaultFiles } from "./vault-files.ts";

/** Whose keys these are: no other cell's service opens them. */
export type KeyScope = Pick<KeyContext, "deployment" | "cell">;

export interface KeyFile {
  readonly path: readonly string[];
  readonly kind: KeyContext["kind"];
  readonly handle: string;
  /** What the file states of itself beside its handle. */
  readonly place: Readonly<Record<string, string>>;
}

export class WrappedKeys {
  readonly #files: VaultFiles;
  readonly #service: KeyService;
  readonly #scope: KeyScope;

  constructor(files: VaultFiles, service: KeyService, scope: KeyScope) {
    this.#files = files;
    this.#service = service;
    this.#scope = scope;
  }

  /** Makes a new key, durable when this resolves. Resolves with null when there was a file already. */
  async create(file: KeyFile): Promise<Uint8Array | null> {
    const secret = randomBytes(seedBytes);
    const wrapped = await this.#service.wrap(secret, this.#context(file));
    const { name } = this.#service;
    const text = formatStoredKey({ service: name, wrapped, place: statement(file) });
    return (await this.#files.create(file.path, text)) ? secret : null;
  }

  async unwrap(file: KeyFile, stored: StoredKey): Promise<Uint8Array> {
    this.#requireOwn(file, stored);
    try {
      const secret = await this.#service.unwrap(stored.wrapped, this.#context(file));
      if (secret.length === seedBytes) return secret;
    } catch (error) {
      if (!(error instanceof KeyRefusedError)) throw error;
      throw new KeyRefusedError(
        this.#service.name,
        `\`${this.#files.path(...file.path)}\` (${error.message})`,
        {
          cause: error,
        },
      );
    }
    throw damaged(this.#files.path(...file.path));
  }

  /** Null when there is none. Throws for a file that is not as it was written, or that lies where another belongs. */
  async read({ path, handle }: Pick<KeyFile, "path" | "handle">): Promise<StoredKey | null> {
    const text = await this.#files.read(...path);
    if (text === null) return null;
    const stored = parseStoredKey(text);
    if (stored?.place["handle"] !== handle) throw damaged(this.#files.path(...path));
    return stored;
  }

  /**
   * Whether the file was under an older version than `newest`, and is under the newest one now. If we crash before the
   * file is replaced, it is still under the older version, which the service still unwraps.
   */
  async rewrap(file: KeyFile, stored: StoredKey, newest: KeyVersion): Promise<boolean> {
    this.#requireOwn(file, stored);
    const { key, version } = stored.wrapped;
    if (key === newest.key && version === newest.version) return false;
    const wrapped = await this.#service.rewrap(stored.wrapped, this.#context(file));
    await this.#files.replace(file.path, formatStoredKey({ ...stored, wrapped }));
    return true;
  }

  #requireOwn({ path, ...file }: KeyFile, { service, place }: StoredKey): void {
    const stated = statement(file);
    const isOwn = Object.keys({ ...stated, ...place }).every((member) => stated[member] === place[member]);
    if (!isOwn) throw damaged(this.#files.path(...path));
    if (service !== this.#service.name) {
      throw new KeyRefusedError(
        this.#service.name,
        `\`${this.#files.path(...path)}\` is wrapped by \`${service}\`; name that service under \`keys\` in the cell file`,
      );
    }
  }

  #context({ kind, handle }: KeyFile): KeyContext {
    return { ...this.#scope, kind, handle };
  }
}

const handleKeyFile: KeyFile = { path: ["handle-key"], kind: "handle-key", handle: "handle-key", place: {} };

/** Tenants and subjects are named under this key. It is made once: under another one no key would be found again. */
export async function openHandleKey(keys: WrappedKeys): Promise<KeyObject> {
  const stored = await keys.read(handleKeyFile);
  if (stored) return createSecretKey(await keys.unwrap(handleKeyFile, stored));
  const made = await keys.create(handleKeyFile);
  return made ? createSecretKey(made) : openHandleKey(keys);
}

export async function rewrapHandleKey(keys: WrappedKeys, newest: KeyVersion): Promise<void> {
  const stored = await keys.read(handleKeyFile);
  if (stored) await keys.rewrap(handleKeyFile, stored, newest);
}

function statement({ handle, place }: Pick<KeyFile, "handle" | "place">): Readonly<Record<string, string>> {
  return { ...place, handle };
}

function damaged(path: string): Error {
  return new Error(
    `\`${path}\` is damaged: expected a wrapped key with its own handle; restore it from a backup`,
  );
}
