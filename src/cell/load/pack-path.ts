import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { packsDirectory } from "../installation.ts";

export interface PackPath {
  readonly file: string;
  /** The program's own file that this one of the author's stands in front of; null for none. */
  readonly shadows: string | null;
}

/** Where the pack, or `providers/<name>`, is: the author's own in `packs/` of `directory` comes before the program's. */
export function findPack(id: string, directory: string): PackPath | null {
  const own = join(directory, "packs", `${id}.yaml`);
  const shipped = join(packsDirectory, `${id}.yaml`);
  const isShipped = existsSync(shipped);
  if (!existsSync(own)) return isShipped ? { file: shipped, shadows: null } : null;
  return { file: own, shadows: isShipped && resolve(own) !== shipped ? shipped : null };
}

/** Every name that {@link findPack} finds, in order. */
export function packNames(kind: "packs" | "providers", directory: string): readonly string[] {
  const inside = kind === "packs" ? "" : kind;
  const folders = [join(packsDirectory, inside), join(directory, "packs", inside)];
  const files = folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  const names = files.filter((name) => name.endsWith(".yaml")).map((name) => basename(name, ".yaml"));
  return Array.from(new Set(names)).toSorted();
}
