// What a backup says of itself, in its last file: which files it has, and up to where its logs go.
import {
  decodeUtf8,
  encodeUtf8,
  type InstantMs,
  isObject,
  parseInstant,
  parseJson,
  toHex,
} from "../../base/index.ts";
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
  const manifest = parseJson(decodeUtf8(bytes) ?? "");
  if (isManifest(manifest)) return manifest;
  throw new UnusableBackupError(`its \`${manifestName}\` is damaged or of another release`);
}

/** A date that cannot be read must not pass for one that never comes. */
function isManifest(value: unknown): value is BackupManifest {
  if (!isObject(value) || value["v"] !== 1) return false;
  const { kind, deployment, cell, madeAt, expiresAt, holdsSigningKeys, logs, files } = value;
  return (
    (kind === "vault" ? isInstant(expiresAt) : kind === "cell" && expiresAt === null) &&
    [deployment, cell].every((each) => typeof each === "string") &&
    isInstant(madeAt) &&
    typeof holdsSigningKeys === "boolean" &&
    Array.isArray(logs) &&
    Array.isArray(files) &&
    files.every(isBackupFile) &&
    new Set(files.map(({ path }) => path)).size === files.length
  );
}

function isBackupFile(value: unknown): value is BackupFile {
  return isObject(value) && typeof value["path"] === "string" && typeof value["sha256"] === "string";
}

function isInstant(value: unknown): boolean {
  return typeof value === "string" && parseInstant(value).ok;
}

export function hashOf(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

export function isExpired({ expiresAt }: BackupManifest, nowMs: InstantMs): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs;
}
