// What an auditor is handed: whole logs, or chosen entries with their proofs, and how to check them.
import { parseEntry } from "../../ledger/index.ts";
import type { PublishedLog } from "../published-log.ts";
import {
  type BundleMember,
  closingName,
  logFolder,
  proofName,
  readmeName,
  trustName,
} from "./bundle-layout.ts";
import { formatReadme } from "./bundle-readme.ts";
import { EntrySelection, type EntryWish } from "./entry-selection.ts";
import { LogSnapshot } from "./log-snapshot.ts";

export interface ExportPlan {
  /** Of any number of cells. */
  readonly logs: readonly PublishedLog[];
  /** The trust file, as it is. */
  readonly trust: Uint8Array;
  /** Null: whole logs. */
  readonly wish: EntryWish | null;
}

/** The members of a bundle. The same logs at the same sizes give the same members, in the same order. */
export async function* exportBundle({ logs, trust, wish }: ExportPlan): AsyncGenerator<BundleMember> {
  const snapshots = await Promise.all(logs.map((log) => LogSnapshot.take(log)));
  const sorted = snapshots.toSorted((left, right) => (originOf(left) < originOf(right) ? -1 : 1));
  const heads = sorted.map(({ checkpoint }) => checkpoint);
  yield { name: readmeName, bytes: formatReadme(heads, { isWhole: wish === null }) };
  yield { name: trustName, bytes: trust };
  for (const snapshot of sorted) yield* closingOf(snapshot);
  for (const snapshot of sorted) yield* wish === null ? wholeLog(snapshot) : chosenEntries(snapshot, wish);
}

async function* wholeLog(snapshot: LogSnapshot): AsyncGenerator<BundleMember> {
  const folder = logFolder(originOf(snapshot));
  for await (const { name, bytes } of snapshot.files()) yield { name: `${folder}/${name}`, bytes };
}

async function* chosenEntries(snapshot: LogSnapshot, wish: EntryWish): AsyncGenerator<BundleMember> {
  if (await snapshot.isPruned()) return;
  const selection = new EntrySelection(wish);
  for await (const stored of snapshot.entries()) {
    const entry = parseEntry(stored.bytes);
    if (!entry.ok || !selection.holds(entry.value)) continue;
    yield { name: proofName(originOf(snapshot), stored.index), bytes: await snapshot.prove(stored) };
  }
}

/** A policy that names a cell's first log is enough for the later ones, if each handing-over is proven. */
async function* closingOf(snapshot: LogSnapshot): AsyncGenerator<BundleMember> {
  const bytes = await snapshot.closing();
  if (bytes !== null) yield { name: closingName(originOf(snapshot)), bytes };
}

function originOf({ checkpoint }: LogSnapshot): string {
  return checkpoint.origin;
}
