// `bailiwick.lock` beside a policy: which text of each of its packs somebody has read.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatLock, type Policy } from "../../../config/index.ts";
import { accepted, lockName, readPolicyText, readText } from "../../../cell/index.ts";
import { writeText } from "../../../disk/index.ts";

/** Pins the packs as they are now; returns the lock's file. */
export function lockPacks(policyFile: string): string {
  const file = join(dirname(policyFile), lockName);
  writeText(file, formatLock(readUnlocked(policyFile).packs));
  return file;
}

/** Names of the policy's packs whose text is not the one in the lock; null where there is no lock. */
export function changedPacks(policyFile: string): readonly string[] | null {
  const file = join(dirname(policyFile), lockName);
  if (!existsSync(file)) return null;
  const locked = new Set(readText("lock", file).split(/\r?\n/));
  return readUnlocked(policyFile)
    .packs.filter(({ id, sha256 }) => !locked.has(`${id} ${sha256}`))
    .map(({ id }) => id);
}

/** Reads a policy as if it had no lock: here, and nowhere else, a text must be seen that nobody has read yet. */
export function readUnlocked(policyFile: string): Policy {
  const source = { file: policyFile, directory: dirname(policyFile), isLocked: false };
  return accepted(readPolicyText(readText("policy", policyFile), source));
}
