// Which key is whose: a subject's name leads to a handle, and the handle to the wrapped key.
import { toHex } from "../../base/index.ts";
import { randomBytes } from "../digest.ts";
import { directories, handleDigits, isHandle, keyFile, nameFile } from "./key-place.ts";
import type { StoredKey } from "./stored-key.ts";
import { UnknownHandleError, type SubjectPlace } from "./vault.ts";
import type { VaultFiles } from "./vault-files.ts";
import type { KeyFile, WrappedKeys } from "./wrapped-keys.ts";

export interface FoundKey {
  readonly handle: string;
  readonly place: SubjectPlace;
  readonly file: KeyFile;
  readonly stored: StoredKey;
}

export interface OpenedKey {
  readonly handle: string;
  readonly secret: Uint8Array;
}

export class SubjectKeys {
  readonly #files: VaultFiles;
  readonly #keys: WrappedKeys;

  constructor(files: VaultFiles, keys: WrappedKeys) {
    this.#files = files;
    this.#keys = keys;
  }

  /** The key of the subject at `place`, made where there is none. */
  async open(place: SubjectPlace): Promise<OpenedKey> {
    return (await this.known(place)) ?? this.#create(place);
  }

  /** Null where there is none: none is made. */
  async known(place: SubjectPlace): Promise<OpenedKey | null> {
    const handle = await this.handleAt(place);
    if (handle === null) return null;
    const found = await this.#read(place.month, handle);
    // A name without its key is no crash of ours, for the key is durable before the name is.
    if (!found) {
      throw new Error(
        `\`${this.#files.path(...keyFile(place.month, handle))}\` is missing; restore it from a backup`,
      );
    }
    return { handle, secret: await this.#keys.unwrap(keyFileOf(place, handle), found.stored) };
  }

  /** Finds a key by its handle alone: one look into each month, and no index that could tell more than the files. */
  async find(handle: string): Promise<FoundKey> {
    if (!isHandle(handle)) throw new UnknownHandleError(handle);
    for (const month of await this.#files.list(directories.keys)) {
      const found = await this.#read(month, handle);
      if (found) return found;
    }
    throw new UnknownHandleError(handle);
  }

  async unwrap({ file, stored }: FoundKey): Promise<Uint8Array> {
    return this.#keys.unwrap(file, stored);
  }

  async handleAt(place: SubjectPlace): Promise<string | null> {
    const text = await this.#files.read(...nameFile(place));
    if (text === null) return null;
    const handle = text.slice(0, handleDigits);
    if (text === `${handle}\n` && isHandle(handle)) return handle;
    throw new Error(
      `\`${this.#files.path(...nameFile(place))}\` is damaged: expected a handle; restore it from a backup`,
    );
  }

  async #read(month: string, handle: string): Promise<FoundKey | null> {
    const stored = await this.#keys.read({ path: keyFile(month, handle), handle });
    if (!stored) return null;
    const place = { month, name: stored.place["name"] ?? "" };
    return { handle, place, file: keyFileOf(place, handle), stored };
  }

  /** If we crash before the name is there, the key was never used and never will be. */
  async #create(place: SubjectPlace): Promise<OpenedKey> {
    const handle = toHex(randomBytes(handleDigits / 2));
    const file = keyFileOf(place, handle);
    const secret = await this.#keys.create(file);
    if (secret && (await this.#files.create(nameFile(place), `${handle}\n`))) return { handle, secret };
    // Another process was faster: its key is the subject's.
    await this.#files.destroy(...file.path);
    return this.open(place);
  }
}

function keyFileOf(place: SubjectPlace, handle: string): KeyFile {
  return { path: keyFile(place.month, handle), kind: "subject-key", handle, place: { ...place } };
}
