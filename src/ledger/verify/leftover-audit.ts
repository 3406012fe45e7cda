import { equalBytes } from "../../base/index.ts";
import { parseDecimal } from "../note/checkpoint.ts";
import type { ProblemList } from "./log-problem.ts";
import type { LogReader } from "./log-reader.ts";
import { formatTilePath, type TileName, tileWidth } from "../tree/tile.ts";

/** One tile or bundle as it is in the log, and how many bytes its first `width` hashes or entries take. */
export interface AuditedFile {
  readonly name: TileName;
  readonly bytes: Uint8Array;
  readonly lengthAt: (width: number) => number;
}

export interface LeftoverPlace {
  readonly reader: LogReader;
  readonly problems: ProblemList;
  readonly partials: PartialDirectories;
}

/**
 * Which tiles have partial files beside them. Lists the directory of a thousand tiles once, not one for each of them.
 */
export class PartialDirectories {
  readonly #reader: LogReader;
  /** By level: a verifier goes through each in order, and needs no earlier one again. */
  readonly #latest = new Map<
    TileName["level"],
    { readonly parent: string; readonly names: ReadonlySet<string> }
  >();

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** Null when there is none. */
  async find(name: TileName): Promise<string | null> {
    const path = `${formatTilePath({ ...name, width: tileWidth })}.p`;
    const split = path.lastIndexOf("/");
    const parent = path.slice(0, split);
    let known = this.#latest.get(name.level);
    if (known?.parent !== parent) {
      known = { parent, names: new Set(await this.#reader.list(parent)) };
      this.#latest.set(name.level, known);
    }
    return known.names.has(path.slice(split + 1)) ? path : null;
  }
}

/**
 * Partial files may stay after a wider one was written (c2sp.org/tlog-tiles, "Partial Tiles"). Readers of older
 * checkpoints use them, so each must be the beginning of the wider one. What is beyond the checkpoint is nobody's yet.
 */
export async function auditLeftovers(
  { reader, problems, partials }: LeftoverPlace,
  { name, bytes, lengthAt }: AuditedFile,
): Promise<void> {
  const directory = await partials.find(name);
  if (directory === null) return;
  for (const listed of await reader.list(directory)) {
    const width = parseDecimal(listed) ?? 0;
    if (width === 0 || width === name.width || width >= tileWidth) continue;
    const path = `${directory}/${listed}`;
    const leftover = await reader.read(path);
    // The log is written meanwhile, and what became whole has no partial files any more.
    if (leftover === null) continue;
    const expected = bytes.subarray(0, lengthAt(Math.min(width, name.width)));
    const compared = width > name.width ? leftover.subarray(0, expected.length) : leftover;
    if (equalBytes(compared, expected)) continue;
    const kind = name.level === "entries" ? "bundle" : "tile";
    const byteOffset = firstDifference(compared, expected);
    problems.add(kind, path, `it is not the beginning of \`${formatTilePath(name)}\``, { byteOffset });
  }
}

/** Where two byte strings part, which is the length of the shorter if it begins the longer. */
function firstDifference(left: Uint8Array, right: Uint8Array): number {
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (at < shorter && left[at] === right[at]) at++;
  return at;
}
