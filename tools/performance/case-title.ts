import type { GatewayRow } from "../../bench/measure/rows.ts";

export function caseTitle({ bodyKiB, stream, clients }: GatewayRow): string {
  const callers = clients === 1 ? "1 caller" : `${clients} callers`;
  return `${bodyKiB} KiB, ${stream ? "stream of 42 events" : "whole"}, ${callers}`;
}
