import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Finding,
  type LockSource,
  type PackText,
  parsePolicy,
  type Policy,
} from "../../config/index.ts";
import type { Result } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { readText } from "./file-text.ts";
import { findPack, packNames } from "./pack-path.ts";
import { accepted } from "./accepted.ts";

/** The file beside a policy that says which texts of its packs its author has seen. */
export const lockName = "bailiwick.lock";

/** Reads a policy and the packs that it names. The author's own `packs/` beside it come before the program's. */
export function readPolicy(file: string): Result<Policy, readonly Finding[]> {
  return readPolicyText(readText("policy", file), { file, directory: dirname(file) });
}

/** Reads a policy that the command cannot do without. Throws {@link UnusableInputError}. */
export function requirePolicy(file: string): Policy {
  return accepted(readPolicy(file));
}

interface PolicyPlace {
  /** The name that findings give the file. */
  readonly file: string;
  /** Where its author's own packs and lock are. */
  readonly directory: string;
  /** False ignores the lock, for whoever is about to write it anew. */
  readonly isLocked?: boolean;
  /** Texts that were read for another policy of the same command. */
  readonly packTexts?: Map<string, PackText | null>;
  /** A text to read in place of the pack of this name. */
  readonly replaced?: { readonly id: string; readonly pack: PackText };
}

export function readPolicyText(
  text: string,
  { file, directory, isLocked = true, packTexts, replaced }: PolicyPlace,
): Result<Policy, readonly Finding[]> {
  const lock = isLocked ? readLock(directory) : null;
  return parsePolicy({
    file,
    text,
    readPack: (id) => (id === replaced?.id ? replaced.pack : readOnce(id, directory, packTexts)),
    packNames: (kind) => packNames(kind, directory),
    sha256,
    lock,
  });
}

function readOnce(id: string, directory: string, known: PolicyPlace["packTexts"]): PackText | null {
  const found = known?.get(id);
  if (found !== undefined) return found;
  const text = readPack(id, directory);
  known?.set(id, text);
  return text;
}

/** Null where there is no such pack, neither of the author nor of the program. */
export function readPack(id: string, directory: string): PackText | null {
  const path = findPack(id, directory);
  return path && { ...path, text: readText("pack", path.file) };
}

/** Null where the author keeps none: then whatever text a pack has is the one that counts. */
export function readLock(directory: string): LockSource | null {
  const file = join(directory, lockName);
  return existsSync(file) ? { file, text: readText("lock", file) } : null;
}
