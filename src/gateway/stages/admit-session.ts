import type { LimitLevel } from "../../config/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { headerOf } from "../exchange/request-headers.ts";

/**
 * Refuses a session to whom it could not keep its word: an engine begins responses by itself there, as often as somebody
 * speaks, so that nothing bounds what they use, and there is no record of content in two directions.
 */
export function admitSession(exchange: Exchange, { limits, tenant }: Caller): void {
  requireKnownOrigin(exchange);
  for (const level of limits) {
    const limit = limitOfUse(level);
    if (limit !== null)
      throw refused(`\`${limit}\` limits what this key may use, which nothing bounds in a session`, limit);
  }
  if (tenant.recordDays !== null)
    throw refused("the content of this tenant's requests is recorded, which that of a session is not");
}

/**
 * Any page may open a WebSocket anywhere, and its browser shows the certificate that it has, whoever wrote the page: no
 * preflight asks before (https://fetch.spec.whatwg.org/#websocket-opening-handshake). So the origin is looked at here.
 */
function requireKnownOrigin({ head, cell }: Exchange): void {
  const origin = headerOf(head, "origin");
  if (origin === null || cell.corsOrigins.includes(origin)) return;
  throw refused("pages of this origin may not ask this cell; its file names those that may", "origin");
}

function limitOfUse({ tokensPerMinute, budget }: LimitLevel): string | null {
  return tokensPerMinute !== null ? "tokens-per-minute" : budget !== null ? "budget" : null;
}

function refused(why: string, param?: string): GatewayError {
  return new GatewayError("caller_no_session", why, param === undefined ? {} : { param });
}
