import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { toHex } from "../base/index.ts";
import { formatFinding, parsePack } from "../config/index.ts";
import { sha256 } from "../keys/index.ts";
import type { Regime } from "../law/index.ts";
import { readBytes, readText } from "./file-text.ts";
import { packsDirectory } from "./installation.ts";
import { findPack, type PackPath } from "./pack-path.ts";
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
  const folders = [packsDirectory, join(directory, "packs")];
  const ids = new Set(folders.flatMap(yamlFilesIn).map((file) => basename(file, ".yaml")));
  return [...ids].toSorted().flatMap((id) => {
    const path = findPack(id, directory);
    return path ? [readPack(id, path)] : [];
  });
}

function yamlFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
}

function readPack(id: string, { file, shadows }: PackPath): PackFile {
  const text = readText("pack", file);
  const parsed = parsePack({ file, text, id, shadows });
  if (!parsed.ok) throw new UnusableInputError(parsed.error.map(formatFinding));
  return { file, text, sha256: toHex(sha256(readBytes("pack", file))), regime: parsed.value.regime };
}
