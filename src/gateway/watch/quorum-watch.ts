// Owner: the control thread. Whether this cell's own log is cosigned as the trust file asks.
import { elapsedMs } from "../../base/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { ThreadServices } from "../exchange/thread-services.ts";

const lookIntervalMs = 1_000;
/** A witness may restart in it. */
const patienceMs = 60_000;

/** Sets the alarm off once for each time that the quorum stays away. */
export function watchQuorum(cell: ThreadServices): { stop(): void } {
  let isTold = false;
  const timer = setInterval(() => {
    const isLate = isQuorumLate(cell);
    if (isLate && !isTold) cell.alarm("witness_quorum");
    isTold = isLate;
  }, lookIntervalMs).unref();
  return { stop: () => clearInterval(timer) };
}

/** Throws where the cell file asks for a quorum (`witness-quorum: required`) and there was none for too long. */
export function requireQuorum(cell: CellServices): void {
  if (!cell.isQuorumRequired || !isQuorumLate(cell)) return;
  throw new GatewayError(
    "gateway_ledger_unavailable",
    `too few witnesses have cosigned the ledger for ${patienceMs / 1_000} s, so nothing may be sent`,
  );
}

function isQuorumLate({ ledger, monotonicNow }: ThreadServices): boolean {
  const { quorumMissingSinceMs } = ledger.state();
  return quorumMissingSinceMs !== null && elapsedMs(quorumMissingSinceMs, monotonicNow()) >= patienceMs;
}
