// Owner: the control thread. Whether the key service can be reached, so that readiness and metrics can say so before a caller hears of it.
import type { ControlServices } from "../operator/control-services.ts";

const lookIntervalMs = 30_000;

/** Looks now and then every half minute. A cell whose key service is down serves whoever's key it has in memory. */
export function startKeyWatch(cell: ControlServices): { stop(): void } {
  const look = (): void => {
    void lookAt(cell).catch((thrown: unknown) => {
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
    });
  };
  const timer = setInterval(look, lookIntervalMs).unref();
  look();
  return { stop: () => clearInterval(timer) };
}

async function lookAt(cell: ControlServices): Promise<void> {
  const { newest } = await cell.vault.health();
  noteKeys(cell, newest !== null);
}

export function noteKeys(cell: ControlServices, areAvailable: boolean): void {
  if (areAvailable !== cell.life.standing.areKeysAvailable) {
    cell.log({ event: "keys_changed", cell: cell.cell, areAvailable });
    cell.life.standing = { ...cell.life.standing, areKeysAvailable: areAvailable };
    cell.gateways.tell(cell.life.standing);
  }
  cell.meters.keysAvailable(areAvailable);
}
