import type { CellId, EndpointId } from "../../base/index.ts";
import type { LimitLevel } from "../../config/index.ts";
import type { Metrics } from "../../telemetry/index.ts";
import type { LimitName, LimitStanding } from "./limit-standing.ts";

/** Of one thread. */
export interface LimitMeters {
  refused(level: Pick<LimitLevel, "kind" | "tenant">, limit: LimitName): void;
  usageUnknown(endpoint: EndpointId): void;
}

export function createLimitMeters(metrics: Metrics, cell: CellId): LimitMeters {
  const refused = metrics.counter("bailiwick_limit_refused_total", "Requests that a limit had no room for.");
  const unknown = metrics.counter(
    "bailiwick_limit_usage_unknown_total",
    "Attempts of limited requests of which nobody knows what they used: what was reserved for them stands.",
  );
  return {
    refused: ({ kind, tenant }, limit) => refused.add({ cell, tenant, level: kind, limit }),
    usageUnknown: (endpoint) => unknown.add({ cell, endpoint }),
  };
}

/** Of the whole cell. Of keys there may be ten thousand: those are told by `GET /admin/limits` alone. */
export function limitGauges(metrics: Metrics, cell: CellId): (standings: readonly LimitStanding[]) => void {
  const most = metrics.gauge("bailiwick_limit", "What a tenant or a team of it may use.");
  const used = metrics.gauge("bailiwick_limit_used", "What of it is used now, or reserved.");
  return (standings) => {
    for (const standing of standings.filter(({ level }) => level !== "key")) {
      const labels = { cell, tenant: standing.tenant, team: standing.name ?? "", limit: standing.limit };
      most.set(labels, standing.most);
      used.set(labels, standing.used);
    }
  };
}
