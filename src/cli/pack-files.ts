import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { toHex } from "../base/index.ts";
import { formatFinding, parsePack } from "../config/index.ts";
import { sha256 } from "../keys/index.ts";
import type { Regime } from "../law/index.ts";
import { readBytes, readText } from "./file-text.ts";
import { packsDirectory } from "./installation.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** A pack as a policy in `directory` would find it. */
export interface PackFile {
  readonly file: string;
  readonly text: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  readonly regime: Regime;
}

/** Every pack, by id: the author's own in `packs/` of `directory`, and those of the program that it does not replace. */
export function readPacks(directory: string): readonly PackFile[] {
  const files = new Map<string, string>();
  for (const folder of [packsDirectory, join(directory, "packs")]) {
    for (const file of yamlFilesIn(folder)) files.set(basename(file, ".yaml"), file);
  }
  return Array.from(files)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, file]) => readPack(id, file));
}

function yamlFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
}

function readPack(id: string, file: string): PackFile {
  const text = readText("pack", file);
  const parsed = parsePack({ file, text, id });
  if (!parsed.ok) throw new UnusableInputError(parsed.error.map(formatFinding));
  return { file, text, sha256: toHex(sha256(readBytes("pack", file))), regime: parsed.value };
}
