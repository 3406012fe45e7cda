// Whether the key service can be reached, so that readiness and metrics can say so before a caller hears of it.
import type { CellContext } from "./cell-context.ts";

const lookIntervalMs = 30_000;

/** Looks now and then every half minute. A cell whose key service is down serves whoever's key it has in memory. */
export function startKeyWatch(cell: CellContext): { stop(): void } {
  const look = (): void => {
    void lookAt(cell).catch((thrown: unknown) => {
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
    });
  };
  const timer = setInterval(look, lookIntervalMs).unref();
  look();
  return { stop: () => clearInterval(timer) };
}

async function lookAt(cell: CellContext): Promise<void> {
  const { newest } = await cell.vault.health();
  noteKeys(cell, newest !== null);
}

export function noteKeys(cell: CellContext, areAvailable: boolean): void {
  if (areAvailable !== cell.life.areKeysAvailable) {
    cell.log({ event: "keys_changed", cell: cell.cell, areAvailable });
  }
  cell.life.areKeysAvailable = areAvailable;
  cell.meters.keysAvailable(areAvailable);
}
