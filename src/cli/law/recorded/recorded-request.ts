// One request as the log tells of it: what was decided, what came of it, and what was learnt later.
import { closest } from "../../../config/index.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type {
  CorrectionEntry,
  Entry,
  LegalEntry,
  OpenedEntry,
  PolicyEntry,
  StoredDecision,
  StoredOutcome,
  ViolationEntry,
} from "../../../ledger/index.ts";
import type { Evidence, PlacedEntry } from "./evidence.ts";

export interface RecordedDecision {
  readonly origin: string;
  readonly index: number;
  readonly decision: StoredDecision;
  /** Null where none is due, or it is not there yet. */
  readonly outcome: Placed<StoredOutcome> | null;
  readonly corrections: readonly Placed<CorrectionEntry>[];
  readonly violations: readonly Placed<ViolationEntry>[];
  /** Another cell had sent it here. */
  readonly isImported: boolean;
  readonly history: CellHistory;
}

interface Placed<Kind extends Entry> {
  readonly origin: string;
  readonly index: number;
  readonly entry: Kind;
}

/** What one cell's logs say of the law that it went by. */
export interface CellHistory {
  readonly openings: readonly Placed<OpenedEntry>[];
  readonly policies: readonly Placed<PolicyEntry>[];
  readonly legal: readonly Placed<LegalEntry>[];
}

/** Its decisions, oldest first: of several revisions, of several months and of several cells. */
export function findRequest({ entries, ...evidence }: Evidence, id: string): readonly RecordedDecision[] {
  const decisions = ofKind(entries, "decision").filter(({ entry }) => entry.rid === id);
  if (decisions.length === 0) throw unrecorded(evidence, id);
  return decisions
    .toSorted((left, right) => left.entry.ts - right.entry.ts)
    .map((decision) => tellOf(decision, entries));
}

function tellOf(
  { origin, index, entry: decision }: Placed<StoredDecision>,
  entries: readonly PlacedEntry[],
): RecordedDecision {
  const followers = entries.filter((each) => each.origin === origin && isAbout(each.entry, index));
  const [outcome = null] = ofKind(followers, "outcome");
  const own = entries.filter((each) => cellLogOf(each.origin) === cellLogOf(origin));
  return {
    origin,
    index,
    decision,
    outcome,
    corrections: ofKind(entries, "correction").filter(
      ({ entry: { of } }) => of.origin === outcome?.origin && of.index === outcome.index,
    ),
    violations: ofKind(followers, "violation"),
    isImported: ofKind(own, "import").some(({ entry }) => entry.rid === decision.rid),
    history: {
      openings: ofKind(own, "opened"),
      policies: ofKind(own, "policy"),
      legal: ofKind(own, "legal"),
    },
  };
}

function isAbout(entry: Entry, decision: number): boolean {
  return "decision" in entry && entry.decision === decision;
}

/** A cell's logs have the same name but for the month. */
function cellLogOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf("/"));
}

function ofKind<Kind extends Entry["t"]>(
  entries: readonly PlacedEntry[],
  kind: Kind,
): readonly Placed<Extract<Entry, { readonly t: Kind }>>[] {
  return entries.filter(
    (each): each is PlacedEntry & Placed<Extract<Entry, { readonly t: Kind }>> => each.entry.t === kind,
  );
}

function unrecorded({ otherIds, faults, isChosen }: Omit<Evidence, "entries">, id: string): Error {
  const meant = closest(id, Array.from(new Set(otherIds)));
  const hint = meant === null ? "" : `; did you mean \`${meant}\`?`;
  const next = isChosen
    ? "the bundle holds chosen entries: ask for a whole one, or for one of this request"
    : "look in the log of the cell that answered (`bailiwick-cell`); what was just decided is there a second later, and " +
      "what failed before the law was asked, such as an unknown key, is in no log";
  return new UnusableInputError([
    `no entry of these logs has the request \`${id}\`${hint}`,
    ...(meant === null ? [next] : []),
    ...faults.map((fault) => `the ledger is damaged, and the request may have been there: ${fault}`),
  ]);
}
