// Subject keys: what turns the bytes of a request into a commitment that only a holder of the key can check, and that
// nobody can once the key is destroyed (DESIGN §6). Not on WORM storage: erasure is the deletion of a file here.
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { encodeUtf8, fromHex, type InstantMs, type TenantId, toHex } from "../base/index.ts";
import { randomBytes } from "./digest.ts";
import { readOrCreatePrivateFile } from "./private-file.ts";

export interface Vault {
  /** What an operator must know before trusting this vault with real subjects. */
  readonly warning: string;
  /** 128 bits in hex that stand for the tenant in this cell's log, the same for ever, meaningless elsewhere. */
  tenantHandle(tenant: TenantId): string;
  /** The key of the tenant's subjects for the calendar month (UTC) of `nowMs`; durable before it is returned. */
  subjectKey(tenant: TenantId, nowMs: InstantMs): Promise<SubjectKey>;
}

export interface SubjectKey {
  /** 128 random bits in hex that name the key; two months of one tenant cannot be linked by it. */
  readonly handle: string;
  /** HMAC-SHA256(K, label || 0x00 || bytes) in hex. The label separates purposes, for example `req/v1`. */
  commit(label: string, bytes: Uint8Array): string;
  /** The same commitment for bytes that arrive in pieces. */
  commitment(label: string): Commitment;
}

export interface Commitment {
  update(bytes: Uint8Array): void;
  /** Hex. Ends the commitment: neither method may be called again. */
  digest(): string;
}

interface StoredKey {
  readonly handle: string;
  readonly key: KeyObject;
}

const keyBytes = 32;
const handleBytes = 16;

/**
 * A vault of plain files, for development: `<directory>/handle-key` and `<directory>/subjects/<yyyy-mm>/<tenant
 * handle>`. Opened again, it finds the same keys. Throws on a damaged or exposed file rather than make a new key,
 * for a second key would make the first one's commitments uncheckable.
 */
export function openVault(directory: string): Vault {
  const handleKey = openHandleKey(join(directory, "handle-key"));
  const opened = new Map<string, SubjectKey>();
  const handles = new Map<TenantId, string>();
  const tenantHandle = (tenant: TenantId): string => {
    const found =
      handles.get(tenant) ?? hmac(handleKey, "tenant/v1", encodeUtf8(tenant)).slice(0, handleBytes * 2);
    handles.set(tenant, found);
    return found;
  };
  return {
    warning: `subject keys lie unwrapped in \`${directory}\`: whoever copies the directory can check commitments`,
    tenantHandle,
    subjectKey: async (tenant, nowMs) => {
      const name = join(monthOf(nowMs), tenantHandle(tenant));
      const found = opened.get(name) ?? openSubjectKey(join(directory, "subjects", name));
      opened.set(name, found);
      return found;
    },
  };
}

function openHandleKey(file: string): KeyObject {
  const key = fromHex(readOrCreatePrivateFile(file, () => `${toHex(randomBytes(keyBytes))}\n`).trimEnd());
  if (key?.length !== keyBytes) throw damaged(file, `${keyBytes} bytes in hex`);
  return createSecretKey(key);
}

function openSubjectKey(file: string): SubjectKey {
  const { handle, key } = parseStoredKey(file, readOrCreatePrivateFile(file, newStoredKey));
  return {
    handle,
    commit: (label, bytes) => hmac(key, label, bytes),
    commitment: (label) => startCommitment(key, label),
  };
}

function newStoredKey(): string {
  return `${toHex(randomBytes(handleBytes))} ${toHex(randomBytes(keyBytes))}\n`;
}

function parseStoredKey(file: string, text: string): StoredKey {
  const [, handle = "", digits = ""] = /^([0-9a-f]{32}) ([0-9a-f]{64})\n$/.exec(text) ?? [];
  const key = fromHex(digits);
  if (key?.length !== keyBytes) throw damaged(file, "a handle and a key in hex");
  // Imported once: an HMAC under raw bytes would import them again each time, which costs five times the HMAC.
  return { handle, key: createSecretKey(key) };
}

function damaged(file: string, expected: string): Error {
  return new Error(`\`${file}\` is damaged: expected ${expected}; restore it from a backup`);
}

function hmac(key: KeyObject, label: string, bytes: Uint8Array): string {
  const commitment = startCommitment(key, label);
  commitment.update(bytes);
  return commitment.digest();
}

function startCommitment(key: KeyObject, label: string): Commitment {
  // The 0x00 ends the label; a label that holds one could pass for a shorter label with other bytes.
  if (label.includes("\0")) throw new TypeError("a commitment's label must not hold U+0000");
  const mac = createHmac("sha256", key).update(`${label}\0`);
  return {
    update: (bytes) => void mac.update(bytes),
    digest: () => mac.digest("hex"),
  };
}

function monthOf(nowMs: InstantMs): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}
