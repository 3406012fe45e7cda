import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finding, formatFinding, parsePolicy, type Policy } from "../config/index.ts";
import type { Result } from "../base/index.ts";
import { sha256 } from "../keys/index.ts";
import { readText } from "./file-text.ts";
import { packsDirectory } from "./installation.ts";
import { UnusableInputError } from "./unusable-input.ts";

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

/** `file` is what findings call it; its author's own packs are in `packs/` of `directory`. */
export function readPolicyText(
  text: string,
  { file, directory }: { readonly file: string; readonly directory: string },
): Result<Policy, readonly Finding[]> {
  const folders = [join(directory, "packs"), packsDirectory];
  return parsePolicy({ file, text, readPack: (id) => readPack(id, folders), sha256 });
}

function readPack(id: string, folders: readonly string[]): { file: string; text: string } | null {
  const file = folders.map((folder) => join(folder, `${id}.yaml`)).find((candidate) => existsSync(candidate));
  return file === undefined ? null : { file, text: readText("pack", file) };
}
