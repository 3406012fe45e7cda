import { toHex } from "../../base/index.ts";
import { parsePack, parseProvider, type ProviderDocument } from "../../config/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { Regime } from "../../law/index.ts";
import { accepted } from "./accepted.ts";
import { readBytes, readText } from "./file-text.ts";
import { findPack, packNames, type PackPath } from "./pack-path.ts";

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
  return packNames("packs", directory).flatMap((id) => {
    const path = findPack(id, directory);
    return path ? [readPack(id, path)] : [];
  });
}

function readPack(id: string, { file, shadows }: PackPath): PackFile {
  const text = readText("pack", file);
  const { regime } = accepted(parsePack({ file, text, id, shadows }));
  return { file, text, sha256: toHex(sha256(readBytes("pack", file))), regime };
}

/** The same of every provider. */
export function readProviders(directory: string): readonly ProviderDocument[] {
  return packNames("providers", directory).flatMap((id) => {
    const path = findPack(`providers/${id}`, directory);
    if (!path) return [];
    const { file, shadows } = path;
    return [accepted(parseProvider({ file, text: readText("provider", file), id, shadows }))];
  });
}
