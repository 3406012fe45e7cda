// Whoever opens it owns its state.
import type { LogHead } from "../entry/log-head.ts";
import type { Entry, OpenedEntry } from "../entry/entry.ts";
import type { ClosedEntry } from "../entry/lifecycle-entry.ts";
import { LaterFacts } from "./later-facts.ts";
import { TransferHalves } from "./transfer-halves.ts";

/** What one log says of others, gathered while it is read. To be believed only if the log is without problems. */
export class LogStory {
  /** The first opening, which binds the log to the one before it. */
  opening: OpenedEntry | null = null;
  closing: ClosedEntry | null = null;
  /** Logs that were deleted because their time was over. */
  readonly retired: LogHead[] = [];
  readonly transfers: TransferHalves = new TransferHalves();
  readonly facts: LaterFacts = new LaterFacts();

  take(index: number, entry: Entry): void {
    if (entry.t === "opened") this.opening ??= entry;
    if (entry.t === "closed") this.closing = entry;
    if (entry.t === "retention") this.retired.push(entry.log);
    this.transfers.take(index, entry);
    this.facts.take(index, entry);
  }
}
