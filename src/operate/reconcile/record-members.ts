// What a provider's record says, member by member: each may be missing, or of another type.
import { type InstantMs, isObject, parseInstant } from "../../base/index.ts";
import type { LoggedCall, LogRecord } from "./provider-log.ts";

export const other: LogRecord = { kind: "other" };
export const foreign: LogRecord = { kind: "foreign" };

export type Named = readonly [member: string, value: unknown];

/** The call that a record is about, or the member without which it can be none. */
export function callIn(
  { requestId, time }: { readonly requestId: Named; readonly time: Named },
  rest: Pick<LoggedCall, "region" | "model" | "isRefused">,
): LogRecord {
  const id = textOf(requestId[1]);
  const timeMs = momentIn(time[1]);
  if (id === null) return { kind: "unreadable", member: requestId[0] };
  if (timeMs === null) return { kind: "unreadable", member: time[0] };
  return { kind: "call", call: { requestId: id, timeMs, ...rest } };
}

export function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : null;
}

/** Null for an empty one. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Azure writes seven digits behind the second and Google nine; what is finer than a millisecond is dropped. */
function momentIn(value: unknown): InstantMs | null {
  const parsed = parseInstant((textOf(value) ?? "").replace(/(\.\d{3})\d+(?=Z|[+-])/, "$1"));
  return parsed.ok ? parsed.value : null;
}
