import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Finding,
  formatFinding,
  type LockSource,
  type PackText,
  parsePolicy,
  type Policy,
} from "../config/index.ts";
import type { Result } from "../base/index.ts";
import { sha256 } from "../keys/index.ts";
import { readText } from "./file-text.ts";
import { findPack } from "./pack-path.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** Beside a policy: which texts of its packs its author has seen. */
export const lockName = "bailiwick.lock";

/** Reads a policy and the packs that it names. The author's own `packs/` beside it come before the program's. */
export function readPolicy(file: string): Result<Policy, readonly Finding[]> {
  return readPolicyText(readText("policy", file), { file, directory: dirname(file) });
}

/** A policy that the command cannot do without. */
export function requirePolicy(file: string): Policy {
  const policy = readPolicy(file);
  if (!policy.ok) throw new UnusableInputError(policy.error.map(formatFinding));
  return policy.value;
}

interface PolicyPlace {
  /** As findings name it. */
  readonly file: string;
  /** Where its author's own packs and lock are. */
  readonly directory: string;
  /** False for whoever is about to lock the packs anew. */
  readonly isLocked?: boolean;
}

export function readPolicyText(
  text: string,
  { file, directory, isLocked = true }: PolicyPlace,
): Result<Policy, readonly Finding[]> {
  const readPack = (id: string): PackText | null => {
    const path = findPack(id, directory);
    return path && { ...path, text: readText("pack", path.file) };
  };
  return parsePolicy({ file, text, readPack, sha256, lock: isLocked ? readLock(directory) : null });
}

/** Null where the author keeps none: then whatever text a pack has is the one that counts. */
function readLock(directory: string): LockSource | null {
  const file = join(directory, lockName);
  return existsSync(file) ? { file, text: readText("lock", file) } : null;
}
