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
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const limitMs = Math.min(appendWithinMs, Math.max(leastWaitMs, limits.deadlineMs));
  const timer = setTimeout(() => reject(late()), limitMs);
  work.then(
    (value) => {
      clearTimeout(timer);
      resolve(value);
    },
    (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    },
  );
  return promise;
}

/** The same, for an entry of the ledger. */
export function recordedInTime<Value>(cell: Limited, work: Promise<Value>): Promise<Value> {
  return inTime(cell, work, ledgerLate);
}

function ledgerLate(): Error {
  return new LedgerUnavailableError("stalled");
}
