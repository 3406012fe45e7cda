import { fail, ok, type Result } from "../../base/index.ts";
import { type BundleFault, parseBundle } from "../tree/bundle.ts";
import { hashBytes } from "../tree/merkle.ts";
import { formatTilePath, type TileName, tileWidth } from "../tree/tile.ts";

/** The files of one log, by their paths below its prefix. Rejects only if the medium fails, not for what is missing. */
export interface LogReader {
  /** Null where there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** Names of the files and directories in a directory, in any order; none where it does not exist. */
  list(directory: string): Promise<readonly string[]>;
}

/**
 * A tile of hashes as wide as its name says, from the full tile where the partial one is gone: logs "MAY delete any
 * partial tile once the corresponding full tile is either available" (c2sp.org/tlog-tiles). Null where neither is.
 */
export async function readTile(reader: LogReader, name: TileName): Promise<Uint8Array | null> {
  const exact = await reader.read(formatTilePath(name));
  if (exact !== null || name.width === tileWidth) return exact;
  const full = await reader.read(formatTilePath({ ...name, width: tileWidth }));
  return full?.subarray(0, name.width * hashBytes) ?? null;
}

export interface Bundle {
  readonly bytes: Uint8Array;
  /** As many as its name says; views into `bytes`. */
  readonly entries: readonly Uint8Array[];
}

/** A bundle of entries, from the full one where the partial one is gone. */
export async function readBundle(reader: LogReader, name: TileName): Promise<Result<Bundle, BundleFault>> {
  const exact = await reader.read(formatTilePath(name));
  if (exact !== null || name.width === tileWidth) return parse(exact, name.width);
  const full = parse(await reader.read(formatTilePath({ ...name, width: tileWidth })), tileWidth);
  return full.ok ? ok({ ...full.value, entries: full.value.entries.slice(0, name.width) }) : full;
}

function parse(bytes: Uint8Array | null, width: number): Result<Bundle, BundleFault> {
  if (bytes === null) return fail({ byteOffset: 0, reason: "it is missing" });
  const entries = parseBundle(bytes, width);
  return entries.ok ? ok({ bytes, entries: entries.value }) : entries;
}
