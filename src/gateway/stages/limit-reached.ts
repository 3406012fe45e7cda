import type { LimitLevel } from "../../config/index.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { LimitRefusal } from "../limits/limiter.ts";

const owners: Readonly<Record<LimitLevel["kind"], string>> = {
  tenant: "the tenant",
  team: "the key's team",
  key: "the key",
};

/** Says which limit, whose, and when there is room again; no name, for a caller knows its key alone. */
export function limitReached({ level, limit, waitMs, isSpent }: LimitRefusal): GatewayError {
  const particulars = { param: limit, retryAfterMs: waitMs };
  const whose = `\`${limit}\` of ${owners[level.kind]}`;
  if (isSpent) {
    const message = `the ${whose} has no room left for what this request may cost; it is reset in ${inWords(waitMs)}`;
    return new GatewayError("caller_budget_exhausted", message, particulars);
  }
  const message = `the limit ${whose} is reached; there may be room again in ${inWords(waitMs)}`;
  return new GatewayError("caller_rate_limited", message, particulars);
}

function inWords(waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return seconds < 7_200 ? `${seconds} s` : `${Math.ceil(seconds / 3_600)} h`;
}
