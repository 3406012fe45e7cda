// Which part of a list is asked for.
import type { ObjectHead } from "../../privacy/index.ts";
import { queryOf } from "../exchange/request-headers.ts";
import type { RequestHead } from "../exchange/channel.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

const [defaultLimit, maxLimit] = [20, 100];

export interface PageWish {
  readonly after: string | null;
  readonly limit: number;
  readonly isOldestFirst: boolean;
  readonly purpose: string | null;
}

export function readPageWish(head: RequestHead): PageWish {
  const query = queryOf(head);
  const limit = Number(query.get("limit") ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1)
    throw invalid("limit", "expected a whole number from 1; more than 100 are given 100 at a time");
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") throw invalid("order", "expected `asc` or `desc`");
  return {
    after: query.get("after"),
    limit: Math.min(limit, maxLimit),
    isOldestFirst: order === "asc",
    purpose: query.get("purpose"),
  };
}

/** Of all, the newest first: those behind `after`, in the wished order. An `after` that is gone begins at the beginning. */
export function from(
  heads: readonly ObjectHead[],
  { after, isOldestFirst }: PageWish,
): readonly ObjectHead[] {
  const ordered = isOldestFirst ? heads.toReversed() : heads;
  return ordered.slice(ordered.findIndex(({ id }) => id === after) + 1);
}

/** The segment of the path behind `/files/` or `/batches/`. */
export function askedId({ target }: RequestHead): string {
  return /\/(?:files|batches)\/([^/?]+)/.exec(target)?.[1] ?? "";
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("caller_invalid_request", `\`${param}\`: ${message}`, { param });
}
