import { hashBytes } from "./merkle.ts";
import { formatTilePath, type TileName, tileWidth } from "./tile.ts";

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
