import type { CellContext } from "../cell-context.ts";
import { type ReplayMark, writeMark } from "./replay-mark.ts";

const markIntervalMs = 10 * 60_000;

/**
 * Moves the vault's mark along behind the log, so that a start looks at minutes of it and not at months. What the log
 * says up to the mark is done, or in the vault's own journal.
 */
export function startReplayMark(cell: CellContext): { stop(): void } {
  let reached: ReplayMark | null = null;
  const move = (): void => {
    // One interval late: a backup of the vault that is being copied right now may have a key from before its erasure,
    // and must not get a mark from after it.
    if (reached !== null) void writeMark(cell.replayMarkFile, reached).catch(complain);
    reached = { origin: cell.ledger.origin, size: cell.ledger.state().sealedSize };
  };
  const complain = (thrown: unknown): void => {
    cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
  };
  const timer = setInterval(move, markIntervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
