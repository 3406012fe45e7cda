// `bailiwick.lock` beside a policy: which text of each of its packs somebody has read.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatFinding, formatLock, type Policy } from "../config/index.ts";
import { readText } from "./file-text.ts";
import { lockName, readPolicyText } from "./policy-file.ts";
import { UnusableInputError } from "./unusable-input.ts";
import { writeText } from "./written-file.ts";

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

/** As if there were no lock: a text that nobody has read yet must be seen here, and nowhere else. */
export function readUnlocked(policyFile: string): Policy {
  const source = { file: policyFile, directory: dirname(policyFile), isLocked: false };
  const policy = readPolicyText(readText("policy", policyFile), source);
  if (!policy.ok) throw new UnusableInputError(policy.error.map(formatFinding));
  return policy.value;
}
