// What an auditor is handed: whole logs, or chosen entries with their proofs, and how to check them.
import { type Entry, parseEntry } from "../../ledger/index.ts";
import type { PublishedLog, StoredEntry } from "../read/published-log.ts";
import {
  type BundleMember,
  closingName,
  logFolder,
  proofName,
  readmeName,
  textName,
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

/** A bundle of nothing would look like a proof that there is nothing. */
export class NothingChosenError extends Error {
  constructor(what: "request" | "tenant") {
    super(`no entry of these logs is of the ${what} that was named`);
    this.name = "NothingChosenError";
  }
}

/** The members of a bundle. The same logs at the same sizes give the same members, in the same order. */
export async function* exportBundle({ logs, trust, wish }: ExportPlan): AsyncGenerator<BundleMember> {
  const snapshots = await Promise.all(logs.map((log) => LogSnapshot.take(log)));
  const sorted = snapshots.toSorted((left, right) => (originOf(left) < originOf(right) ? -1 : 1));
  const heads = sorted.map(({ checkpoint }) => checkpoint);
  yield { name: readmeName, bytes: formatReadme(heads, { isWhole: wish === null }) };
  yield { name: trustName, bytes: trust };
  for (const snapshot of sorted) yield* closingOf(snapshot);
  if (wish !== null) yield* chosenEntries(sorted, wish);
  else for (const snapshot of sorted) yield* wholeLog(snapshot);
}

async function* wholeLog(snapshot: LogSnapshot): AsyncGenerator<BundleMember> {
  const folder = logFolder(originOf(snapshot));
  for await (const { name, bytes } of snapshot.files()) yield { name: `${folder}/${name}`, bytes };
}

async function* chosenEntries(
  snapshots: readonly LogSnapshot[],
  wish: EntryWish,
): AsyncGenerator<BundleMember> {
  const selection = new EntrySelection(wish);
  const texts = new Map<string, LogSnapshot>();
  const law = new LawOfDecisions();
  for (const snapshot of snapshots) {
    if (await snapshot.isPruned()) continue;
    for await (const stored of chosenOf(snapshot, selection, law)) {
      yield await memberOf(snapshot, stored);
      if (stored.entry.t !== "policy") continue;
      for (const { hash } of stored.entry.texts) texts.set(hash, snapshot);
    }
  }
  const { unknownName } = selection;
  if (unknownName !== null) throw new NothingChosenError(unknownName);
  for (const { snapshot, stored } of law.events()) yield await memberOf(snapshot, stored);
  const sorted = Array.from(texts).toSorted(([left], [right]) => (left < right ? -1 : 1));
  for (const [hash, snapshot] of sorted) yield { name: textName(hash), bytes: await snapshot.text(hash) };
}

async function memberOf(snapshot: LogSnapshot, stored: StoredEntry): Promise<BundleMember> {
  return { name: proofName(originOf(snapshot), stored.index), bytes: await snapshot.prove(stored) };
}

interface ChosenEntry extends StoredEntry {
  readonly entry: Entry;
}

interface PlacedEvent {
  readonly snapshot: LogSnapshot;
  readonly stored: ChosenEntry;
}

/** The legal events of the cells that decided: with policy and packs they are the law that a decision names. */
class LawOfDecisions {
  readonly #events: PlacedEvent[] = [];
  readonly #cells = new Set<string>();

  noteDecision({ cell }: Entry): void {
    this.#cells.add(cell);
  }

  noteEvent(event: PlacedEvent): void {
    this.#events.push(event);
  }

  events(): readonly PlacedEvent[] {
    return this.#events.filter(({ stored }) => this.#cells.has(stored.entry.cell));
  }
}

/** In the order of the log, but for the policies that chosen decisions name, which come last. */
async function* chosenOf(
  snapshot: LogSnapshot,
  selection: EntrySelection,
  law: LawOfDecisions,
): AsyncGenerator<ChosenEntry> {
  const policies: ChosenEntry[] = [];
  const decidedUnder = new Set<string>();
  for await (const stored of snapshot.entries()) {
    const parsed = parseEntry(stored.bytes);
    if (!parsed.ok) continue;
    const chosen = { ...stored, entry: parsed.value };
    const { entry } = chosen;
    if (selection.holds(entry, { origin: originOf(snapshot), index: stored.index })) {
      if (entry.t === "decision") {
        decidedUnder.add(entry.policy);
        law.noteDecision(entry);
      }
      yield chosen;
    } else if (entry.t === "policy") policies.push(chosen);
    else if (entry.t === "legal") law.noteEvent({ snapshot, stored: chosen });
  }
  yield* policies.filter(({ entry }) => entry.t === "policy" && decidedUnder.has(entry.policy));
}

/** A policy that names a cell's first log is enough for the later ones, if each handing-over is proven. */
async function* closingOf(snapshot: LogSnapshot): AsyncGenerator<BundleMember> {
  const bytes = await snapshot.closing();
  if (bytes !== null) yield { name: closingName(originOf(snapshot)), bytes };
}

function originOf({ checkpoint }: LogSnapshot): string {
  return checkpoint.origin;
}
