import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { ledgerUnavailable } from "../exchange/ledger-unavailable.ts";
import { requireQuorum } from "../watch/quorum-watch.ts";
import { limitReached } from "./limit-reached.ts";

/** Lets the request in within the limits of its key, the key's team and the tenant, and only while it could be recorded. */
export function admit(exchange: Exchange, caller: Caller): void {
  const { cell } = exchange;
  // A poisoned log never heals: without this check a call inside the cell would start before its append fails.
  if (!cell.ledger.state().isWritable) throw ledgerUnavailable();
  requireQuorum(cell);
  if (caller.limits.length === 0) return;
  const entrance = cell.limiter.enter(caller.limits, cell.monotonicNow());
  if (entrance.kind === "refused") {
    cell.limitMeters.refused(entrance.level, entrance.limit);
    throw limitReached(entrance);
  }
  exchange.onEnd(() => entrance.release());
}
