// Owner: the control thread.
import { writeMark } from "../../privacy/index.ts";
import type { ControlServices } from "../operator/control-services.ts";

const markIntervalMs = 60_000;

/**
 * Moves the vault's mark along with the log, so that a start looks at a minute of it and not at months. What the log
 * says up to the mark is done, or in the vault's own journal.
 */
export function startReplayMark(cell: ControlServices): { stop(): void } {
  const move = (): void => {
    const mark = { origin: cell.ledger.origin, size: cell.ledger.state().sealedSize };
    void writeMark(cell.replayMarkFile, mark).catch((thrown: unknown) => {
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
    });
  };
  const timer = setInterval(move, markIntervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
