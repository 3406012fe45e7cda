// Owner: the control thread.
import type { ControlServices } from "../operator/control-services.ts";

const sweepIntervalMs = 60 * 60 * 1000;

/** Deletes records whose time is over: now, for the cell may have been down, and then every hour. */
export function startRecordSweep(cell: ControlServices): { stop(): void } {
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

async function sweepOnce(cell: ControlServices): Promise<void> {
  const nowMs = cell.settledNow();
  const held = new Set((await cell.vault.holds(nowMs)).map(({ handle }) => handle));
  const stored = await Promise.all(cell.stored.map((store) => store.sweep(nowMs, held)));
  const count = stored.reduce((total, each) => total + each, await cell.records.sweep(nowMs, held));
  if (count > 0) cell.log({ event: "records_deleted", cell: cell.cell, count });
}
