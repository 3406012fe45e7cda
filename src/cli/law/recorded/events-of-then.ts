// The legal events that a cell may have held when it decided, as its log tells of them.
import { type HeldEvent, readHeldEvent } from "../../../gateway/index.ts";
import { formatLegalEvent, type LegalEvent, liftReasons, suspensionReasons } from "../../../law/index.ts";
import type { LegalEntry } from "../../../ledger/index.ts";
import type { CellHistory, RecordedDecision } from "./recorded-request.ts";

type Position = Pick<RecordedDecision, "origin" | "index">;

/**
 * Sets of events, the likeliest first: what stands in the log before the decision, then what stands there further on, for
 * a suspension has effect before it is on record, then what stood there earlier. Each is of everything that was ever
 * recorded, or of what was recorded since the cell was started: an event whose file was taken away is gone with a restart.
 */
export function eventSetsAt(
  { legal, openings }: CellHistory,
  decision: Position,
  deployment: string,
): readonly (readonly HeldEvent[])[] {
  const opening = openings.findLast((each) => isBefore(each, decision));
  const sinceOpening = opening === undefined ? [] : legal.filter((each) => isBefore(opening, each));
  return [legal, sinceOpening].flatMap((entries) => {
    const sets = growingSets(entries, deployment);
    const before = entries.filter((each) => isBefore(each, decision));
    const likeliest = new Set(before.map(({ entry }) => entry.event)).size;
    return [...sets.slice(likeliest), ...sets.slice(0, likeliest).toReversed()];
  });
}

function isBefore(left: Position, right: Position): boolean {
  return left.origin === right.origin ? left.index < right.index : left.origin < right.origin;
}

/** None, the first, the first two, and so on. An event is recorded again at each start, and is the same one. */
function growingSets(entries: CellHistory["legal"], deployment: string): readonly (readonly HeldEvent[])[] {
  const first = new Map<string, LegalEntry>();
  for (const { entry } of entries) if (!first.has(entry.event)) first.set(entry.event, entry);
  const held = Array.from(first.values(), (entry) => heldEvent(entry, deployment));
  return [[], ...held.map((_, at) => held.slice(0, at + 1).filter((each) => each !== null))];
}

/** An entry says all that its signer wrote, so the text that was signed can be written again. */
function heldEvent(entry: LegalEntry, deployment: string): HeldEvent | null {
  const event = eventOf(entry);
  return event === null ? null : readHeldEvent(formatLegalEvent({ deployment, event }));
}

/** Null for words that this release does not know. */
function eventOf({ event: id, target, lifts, reason, from, until }: LegalEntry): LegalEvent | null {
  const validity = { fromMs: from, untilMs: until };
  if (target !== null) {
    const known = suspensionReasons.find((each) => each === reason);
    return known === undefined ? null : { act: "suspend", id, target, reason: known, validity };
  }
  const known = liftReasons.find((each) => each === reason);
  return known === undefined || lifts === null ? null : { act: "lift", id, lifts, reason: known, validity };
}
