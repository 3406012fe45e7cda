import type { CellContext } from "../cell-context.ts";

const sweepIntervalMs = 60 * 60 * 1000;

/** Deletes records whose time is over: now, for the cell may have been down, and then every hour. */
export function startRecordSweep(cell: CellContext): { stop(): void } {
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = (): void => {
    sweeping = sweeping
      .then(() => sweepOnce(cell))
      .catch((thrown: unknown) => {
        cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
      });
  };
  const timer = setInterval(sweep, sweepIntervalMs).unref();
  sweep();
  return { stop: () => clearInterval(timer) };
}

async function sweepOnce(cell: CellContext): Promise<void> {
  const nowMs = cell.now();
  const held = new Set((await cell.vault.holds(nowMs)).map(({ handle }) => handle));
  const count = await cell.records.sweep(nowMs, held);
  if (count > 0) cell.log({ event: "records_deleted", cell: cell.cell, count });
}
