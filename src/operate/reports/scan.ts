// Reads a log again that was just verified, up to the size that was: the same bytes, or nothing.
import { equalBytes } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import {
  type Checkpoint,
  leafHash,
  type LogReader,
  openTree,
  parseEntry,
  readBundle,
  tileHolding,
} from "../../ledger/index.ts";
import type { Recorded } from "./recorded.ts";

/** The log was changed while the report was made. */
export class LogChangedError extends Error {
  constructor(origin: string) {
    super(`${origin} was changed after it was verified; verify it, and make the report again`);
    this.name = "LogChangedError";
  }
}

/** What it has given may only be believed when it has ended: the root is compared then. */
export async function* scanLog(
  reader: LogReader,
  { origin, size, root }: Checkpoint,
): AsyncGenerator<Recorded[], void> {
  const tree = openTree(sha256, 0, () => new Uint8Array());
  while (tree.size < size) {
    const bundle = await readBundle(reader, tileHolding(tree.size, "entries", size));
    if (!bundle.ok) throw new LogChangedError(origin);
    const records: Recorded[] = [];
    for (const bytes of bundle.value.entries) {
      const entry = parseEntry(bytes);
      if (!entry.ok) throw new LogChangedError(origin);
      records.push({ entry: entry.value, origin, index: tree.size });
      tree.append(leafHash(sha256, bytes));
    }
    yield records;
  }
  if (!equalBytes(tree.root(), root)) throw new LogChangedError(origin);
}
