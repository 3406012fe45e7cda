import type { CellContext } from "./cell-context.ts";
import { GatewayError } from "./gateway-error.ts";

/** The error for a log that does not take an entry. The first time that it is poisoned, the alarm goes off. */
export function ledgerUnavailable(cell: CellContext): GatewayError {
  if (!cell.ledger.state().isWritable && !cell.life.isPoisoned) {
    cell.life.isPoisoned = true;
    cell.meters.alarm("ledger_poisoned");
    cell.log({ event: "ledger_poisoned", cell: cell.cell });
    cell.log({ event: "alarm", cell: cell.cell, alarm: "ledger_poisoned" });
  }
  return new GatewayError("gateway_ledger_unavailable", "the ledger cannot write, so nothing may be sent");
}
