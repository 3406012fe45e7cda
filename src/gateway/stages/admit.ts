import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { ledgerUnavailable } from "../exchange/ledger-unavailable.ts";
import { requireQuorum } from "../watch/quorum-watch.ts";

/** Lets the request in within the tenant's limits, and only while it could be recorded. */
export function admit(exchange: Exchange, caller: Caller): void {
  const { cell } = exchange;
  // A poisoned log never heals: without this check a call inside the cell would start before its append fails.
  if (!cell.ledger.state().isWritable) throw ledgerUnavailable();
  requireQuorum(cell);
  const entrance = cell.limiter.enter(caller.tenant, cell.monotonicNow());
  if (entrance.kind === "refused") {
    throw new GatewayError("caller_rate_limited", `the tenant's limit \`${entrance.limit}\` is reached`, {
      param: entrance.limit,
      retryAfterMs: entrance.waitMs,
    });
  }
  exchange.onEnd(() => entrance.release());
}
