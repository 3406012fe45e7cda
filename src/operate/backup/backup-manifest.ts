// What a backup says of itself, in its last file: which files it has, and up to where its logs go.
import { decodeUtf8, encodeUtf8, type InstantMs, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";

export const manifestName = "backup.json";

/** `cell`: ledger, legal events, what it cosigned, and configuration. `vault`: the subject keys, which must not grow old. */
export type BackupKind = "cell" | "vault";

export interface BackupManifest {
  readonly v: 1;
  readonly kind: BackupKind;
  readonly deployment: string;
  readonly cell: string;
  readonly madeAt: string;
  /** After this it must be gone, and is not restored: it holds keys that may have been erased since. Null: never. */
  readonly expiresAt: string | null;
  /** Whether whoever has it can sign as the cell. */
  readonly holdsSigningKeys: boolean;
  readonly logs: readonly { readonly origin: string; readonly size: number }[];
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  readonly path: string;
  readonly sha256: string;
}

/** It is damaged, incomplete, or none of ours. */
export class UnusableBackupError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "UnusableBackupError";
  }
}

export function formatManifest(manifest: BackupManifest): Uint8Array {
  return encodeUtf8(`${JSON.stringify(manifest, null, 1)}\n`);
}

export function parseManifest(bytes: Uint8Array | null): BackupManifest {
  if (bytes === null) {
    throw new UnusableBackupError(
      `it has no \`${manifestName}\`, so it is no backup or was cut short; take another one`,
    );
  }
  const manifest = parseJson(bytes);
  if (manifest?.v === 1 && Array.isArray(manifest.files) && Array.isArray(manifest.logs)) return manifest;
  throw new UnusableBackupError(`its \`${manifestName}\` is damaged or of another release`);
}

function parseJson(bytes: Uint8Array): BackupManifest | null {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? "") as BackupManifest;
  } catch {
    return null;
  }
}

export function hashOf(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

export function isExpired({ expiresAt }: BackupManifest, nowMs: InstantMs): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs;
}
