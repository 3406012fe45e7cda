// The texts of a policy, under their hashes beside the log whose decisions name it.
import { dirname, join } from "node:path";
import { canonicalJson, encodeUtf8, type Json, toHex } from "../../base/index.ts";
import type { DurableFiles, FileSystem } from "../../disk/index.ts";
import { sha256 } from "../../keys/index.ts";
import {
  maxEntryBytes,
  type PolicyEntry,
  type TextName,
  textPath,
  type Written,
} from "../../ledger/index.ts";
import type { PolicyText } from "../log/ledger.ts";
import { type EntryMaker, stamp } from "./own-entries.ts";

interface TextPlace {
  readonly fileSystem: FileSystem;
  readonly files: DurableFiles;
  /** The log's own directory, which is served as it is. */
  readonly log: string;
}

/**
 * Resolves when the texts are on disk, each under its hash and never to be changed. To be awaited before an entry
 * names them: if we crash in between, there are texts that nobody names, which the next opening finds in place.
 */
export async function keepTexts(
  { fileSystem, files, log }: TextPlace,
  texts: readonly PolicyText[],
): Promise<readonly TextName[]> {
  const named = texts.map(({ name, bytes }) => ({ name, hash: toHex(sha256(bytes)), bytes }));
  for (const { hash, bytes } of named) {
    const path = join(log, textPath(hash));
    await files.makeDirectory(dirname(path));
    await files.writeOnce(path, bytes);
    await fileSystem.syncDirectory(dirname(path));
  }
  return named.map(({ name, hash }) => ({ name, hash }));
}

/** As many as it takes to name all texts, and one for a policy without any. */
export function policyEntries(
  maker: EntryMaker,
  policy: string,
  names: readonly TextName[],
): readonly Written<PolicyEntry>[] {
  const entries: Written<PolicyEntry>[] = [];
  let rest = names;
  do {
    const entry = { ...stamp(maker), t: "policy", policy, texts: [], textCount: names.length } as const;
    const count = countFitting(entry, rest);
    entries.push({ ...entry, texts: rest.slice(0, count) });
    rest = rest.slice(count);
  } while (rest.length > 0);
  return entries;
}

/** At least one, so that an end is reached; a name that is too long is refused when the entry is encoded. */
function countFitting(empty: Written<PolicyEntry>, names: readonly TextName[]): number {
  let freeBytes = maxEntryBytes - bytesOf(empty as unknown as Json);
  const count = names.findIndex((name) => {
    // With the comma behind it.
    freeBytes -= bytesOf({ ...name }) + 1;
    return freeBytes < 0;
  });
  return count === -1 ? names.length : Math.max(count, 1);
}

function bytesOf(value: Json): number {
  return encodeUtf8(canonicalJson(value)).length;
}
