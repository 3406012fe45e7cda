// The key service for development: the wrapping key lies in a file beside what it wraps, so a thief of the disk has
// both. Its format and behaviour are otherwise those of a real service, with versions and bound contexts.
// The control thread owns its state.
import { createSecretKey, type KeyObject } from "node:crypto";
import { fromHex, toHex } from "../../base/index.ts";
import { open, seal } from "../vault/aes-gcm.ts";
import { randomBytes } from "../digest.ts";
import { contextBytes } from "./key-context.ts";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
  type WrappedKey,
} from "./key-service.ts";
import { readOrCreatePrivateFile, replacePrivateFile } from "../../disk/index.ts";

const keyBytes = 32;
const service = "file";

/** `file` holds a line of hex for each version, the first one first; it is made where there is none. */
export function openFileService(file: string): KeyService {
  let versions = readVersions(file);
  const newest = (): KeyVersion => ({ key: keyName, version: String(versions.length) });
  const wrap = async (plain: Uint8Array, context: KeyContext): Promise<WrappedKey> => {
    const { version } = newest();
    const ciphertext = seal(versionOf(versions, version), plain, contextBytes(context));
    return { key: keyName, version, ciphertext };
  };
  const unwrap = async (wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array> => {
    if (wrapped.key !== keyName) throw new KeyRefusedError(service, `it has no key \`${wrapped.key}\``);
    const plain = open(versionOf(versions, wrapped.version), wrapped.ciphertext, contextBytes(context));
    if (!plain) throw new KeyRefusedError(service, `\`${context.handle}\` does not open under \`${file}\``);
    return plain;
  };
  return {
    name: service,
    warning: `subject keys are wrapped under \`${file}\`: whoever copies it and the vault can check commitments`,
    wrap,
    unwrap,
    rewrap: async (wrapped, context) => wrap(await unwrap(wrapped, context), context),
    rotate: async () => {
      addVersion(file);
      versions = readVersions(file);
      return newest();
    },
    describe: async () => newest(),
    close: async () => {},
  };
}

const keyName = "file";

function newLine(): string {
  return `${toHex(randomBytes(keyBytes))}\n`;
}

/** If we crash before the rename in there, the old versions are all that there is, and nothing is under the new one. */
function addVersion(file: string): void {
  try {
    replacePrivateFile(file, readOrCreatePrivateFile(file, newLine) + newLine());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new KeysUnavailableError(service, `\`${file}\` cannot be written (${code})`, { cause: error });
  }
}

function readVersions(file: string): readonly KeyObject[] {
  const text = readOrCreatePrivateFile(file, newLine);
  // The last line must end too: otherwise a file that was cut would pass for one with a version less.
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : [""];
  return lines.map((line) => {
    const bytes = fromHex(line);
    if (bytes?.length === keyBytes) return createSecretKey(bytes);
    throw new Error(
      `\`${file}\` is damaged: expected lines of ${keyBytes} bytes in hex; restore it from a backup`,
    );
  });
}

function versionOf(versions: readonly KeyObject[], version: string): KeyObject {
  const key = /^[1-9]\d{0,8}$/.test(version) ? versions[Number(version) - 1] : undefined;
  if (!key) throw new KeyRefusedError(service, `it has no version \`${version}\` of its key`);
  return key;
}
