import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finding, parsePolicy, type Policy } from "../config/index.ts";
import type { Result } from "../base/index.ts";
import { sha256 } from "../keys/index.ts";
import { readText } from "./file-text.ts";
import { packsDirectory } from "./installation.ts";

/** Reads a policy and the packs that it names. The author's own `packs/` beside it come before the program's. */
export function readPolicy(file: string): Result<Policy, readonly Finding[]> {
  const folders = [join(dirname(file), "packs"), packsDirectory];
  return parsePolicy({
    file,
    text: readText("policy", file),
    readPack: (id) => readPack(id, folders),
    sha256,
  });
}

function readPack(id: string, folders: readonly string[]): { file: string; text: string } | null {
  const file = folders.map((folder) => join(folder, `${id}.yaml`)).find((candidate) => existsSync(candidate));
  return file === undefined ? null : { file, text: readText("pack", file) };
}
