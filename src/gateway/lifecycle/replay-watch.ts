import type { CellContext } from "../cell-context.ts";
import { writeMark } from "./replay-mark.ts";

const markIntervalMs = 60_000;

/**
 * Moves the vault's mark along with the log, so that a start after a crash looks at a minute of it. What the log says
 * up to the mark is done, or in the vault's own journal.
 */
export function startReplayMark(cell: CellContext): { stop(): void } {
  const move = (): void => {
    const { origin } = cell.ledger;
    const { sealedSize } = cell.ledger.state();
    void writeMark(cell.replayMarkFile, { origin, size: sealedSize }).catch((thrown: unknown) => {
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
    });
  };
  const timer = setInterval(move, markIntervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      move();
    },
  };
}
