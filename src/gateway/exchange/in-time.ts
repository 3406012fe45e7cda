import { deadlines, type Timed } from "../../clock/index.ts";
import { appendWithinMs, LedgerUnavailableError } from "../../store/index.ts";
import type { ThreadServices } from "./thread-services.ts";

/** A disk under load may take seconds, whatever the deadline. */
const leastWaitMs = 5_000;

type Limited = Pick<ThreadServices, "limits">;

/**
 * What the disk was asked for, or `late` when it has not answered within the request's deadline: no caller waits for a disk
 * that hangs. INVARIANT: the work itself goes on, so whoever has to say how it ended still can when the disk answers.
 */
export function inTime<Value>({ limits }: Limited, work: Promise<Value>, late: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const limit = new TimeLimit(Math.min(appendWithinMs, Math.max(leastWaitMs, limits.deadlineMs)), () =>
      reject(late()),
    );
    work.then(
      (value) => {
        limit.lift();
        resolve(value);
      },
      (error: unknown) => {
        limit.lift();
        reject(error);
      },
    );
  });
}

class TimeLimit implements Timed {
  dueAtMs: number;
  readonly #onDue: () => void;

  constructor(limitMs: number, onDue: () => void) {
    this.dueAtMs = deadlines.after(limitMs);
    this.#onDue = onDue;
    deadlines.add(this);
  }

  lift(): void {
    deadlines.delete(this);
  }

  onDue(): void {
    this.lift();
    this.#onDue();
  }
}

/** The same, for an entry of the ledger. */
export function recordedInTime<Value>(cell: Limited, work: Promise<Value>): Promise<Value> {
  return inTime(cell, work, ledgerLate);
}

function ledgerLate(): Error {
  return new LedgerUnavailableError("stalled");
}
