// Whoever opens it owns its state.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { Entry, StoredOutcome, TransferEntry } from "../entry/entry.ts";
import { outcomeView } from "../entry/outcome-view.ts";

/** A request that this log's cell sent to another cell. */
export interface Export {
  readonly index: number;
  readonly xid: string;
  readonly from: CellId;
  readonly to: CellId;
  readonly endpoint: EndpointId;
  /** When the outcome said that the peer has answered; null where it has not, or nobody can say yet. */
  answeredMs: number | null;
  /** How often it was sent: a retry carries the same xid. */
  attemptCount: number;
}

/** A request that this log's cell received from another one, which it does not know by name. */
export interface Import {
  readonly index: number;
  readonly xid: string;
  readonly by: CellId;
  readonly receivedMs: number;
}

/** The halves of transfers between cells that one log holds: of both kinds, since a cell may send and receive. */
export class TransferHalves {
  readonly exports: Export[] = [];
  readonly imports: Import[] = [];
  /** Time of the last entry: what happened after it cannot be in this copy of the log. */
  endMs = 0;
  readonly #unanswered = new Map<number, Export[]>();

  take(index: number, entry: Entry): void {
    this.endMs = Math.max(this.endMs, entry.ts);
    if (entry.t === "transfer" && entry.peer !== null) this.#export(index, entry, entry.peer);
    if (entry.t === "import") {
      this.imports.push({ index, xid: entry.xid, by: entry.cell, receivedMs: entry.ts });
    }
    if (entry.t === "outcome") this.#close(entry);
  }

  #export(index: number, { xid, cell, endpoint, decision }: TransferEntry, to: CellId): void {
    const nothingYet = { answeredMs: null, attemptCount: 1 };
    const sent: Export = { index, xid, from: cell, to, endpoint, ...nothingYet };
    this.exports.push(sent);
    this.#unanswered.set(decision, [...(this.#unanswered.get(decision) ?? []), sent]);
  }

  /** A peer that could not be reached, or refused, has received nothing that it must account for. */
  #close(outcome: StoredOutcome): void {
    const { decision, result, ts } = outcome;
    const { attempts, answered } = outcomeView(outcome);
    const sent = this.#unanswered.get(decision) ?? [];
    this.#unanswered.delete(decision);
    for (const each of sent) {
      each.attemptCount = attempts.filter(
        ({ endpoint, sent }) => endpoint === each.endpoint && sent !== false,
      ).length;
      if (result !== "refused" && answered?.endpoint === each.endpoint) each.answeredMs = ts;
    }
  }
}
