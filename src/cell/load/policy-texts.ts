// A policy as texts: what one thread reads from disk, and another makes the same policy of.
import { dirname } from "node:path";
import { ok, type Result } from "../../base/index.ts";
import {
  type Finding,
  type LockSource,
  type PackText,
  parsePolicy,
  type Policy,
} from "../../config/index.ts";
import { sha256 } from "../../keys/index.ts";
import { readText } from "./file-text.ts";
import { readLock, readPack } from "./policy-file.ts";

/** INVARIANT: plain data. The same texts are the same policy. */
export interface PolicyTexts {
  /** As findings name it. */
  readonly file: string;
  readonly text: string;
  /** By id; those that the policy names and that there are. */
  readonly packs: ReadonlyMap<string, PackText>;
  readonly lock: LockSource | null;
}

export interface ReadPolicy {
  readonly policy: Policy;
  readonly texts: PolicyTexts;
}

/** Every file is read once, so that the policy is made of the very texts that are handed on. */
export function readPolicyTexts(file: string): Result<ReadPolicy, readonly Finding[]> {
  const directory = dirname(file);
  const packs = new Map<string, PackText>();
  const lock = readLock(directory);
  const text = readText("policy", file);
  const policy = parsePolicy({
    file,
    text,
    readPack(id) {
      const pack = packs.get(id) ?? readPack(id, directory);
      if (pack !== null) packs.set(id, pack);
      return pack;
    },
    sha256,
    lock,
  });
  return policy.ok ? ok({ policy: policy.value, texts: { file, text, packs, lock } }) : policy;
}

/** Null where they are not what they were read as. */
export function parsePolicyTexts({ packs, ...texts }: PolicyTexts): Policy | null {
  const policy = parsePolicy({ ...texts, readPack: (id) => packs.get(id) ?? null, sha256 });
  return policy.ok ? policy.value : null;
}
