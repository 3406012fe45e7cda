// A log that lies on a simulated disk, as somebody sees it who only reads.
import {
  formatTilePath,
  leafHash,
  type LogReader,
  openTree,
  parseBundle,
  parseEntry,
  type Entry,
  tileHolding,
} from "../../src/ledger/index.ts";
import { sha256 } from "./ledger-crypto.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

export function diskReader(disk: SimulatedDisk, directory: string): LogReader {
  return {
    read: (path) => disk.read(`${directory}/${path}`),
    list: (path) => disk.list(`${directory}/${path}`),
  };
}

export async function readEntryBytes(reader: LogReader, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  while (entries.length < size) {
    const name = tileHolding(entries.length, "entries", size);
    const bytes = await reader.read(formatTilePath(name));
    const bundle = parseBundle(bytes ?? new Uint8Array(0), name.width);
    if (!bundle.ok) throw new Error(bundle.error.reason);
    entries.push(...bundle.value.map((entry) => Uint8Array.from(entry)));
  }
  return entries;
}

export async function readEntries(reader: LogReader, size: number): Promise<Entry[]> {
  return (await readEntryBytes(reader, size)).map((bytes) => {
    const entry = parseEntry(bytes);
    if (!entry.ok) throw new Error(entry.error.reason);
    return entry.value;
  });
}

/** The roots of the trees over the first entries, by their number. */
export function rootsOf(entries: readonly Uint8Array[]): Uint8Array[] {
  const tree = openTree(sha256, 0, () => new Uint8Array());
  return [
    tree.root(),
    ...entries.map((entry) => {
      tree.append(leafHash(sha256, entry));
      return tree.root();
    }),
  ];
}
