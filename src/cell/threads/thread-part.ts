import type { GatewaySettings } from "../../gateway/index.ts";

/**
 * What one of so many gateway threads is given of what the cell may use, so that all together use no more. What each learns
 * by itself, such as how much an endpoint takes, is not divided (docs/decisions/0047).
 */
export function partOf(settings: GatewaySettings, count: number): GatewaySettings {
  const part = (whole: number): number => Math.max(1, Math.floor(whole / count));
  const { capacity, limits } = settings;
  return {
    ...settings,
    isPortShared: count > 1,
    capacity: {
      ...capacity,
      connections: part(capacity.connections),
      upstreamConnections: part(capacity.upstreamConnections),
      bytesInFlight: part(capacity.bytesInFlight),
    },
    limits: {
      ...limits,
      retriesPerSecond: limits.retriesPerSecond / count,
      maxWaiting: Math.floor(limits.maxWaiting / count),
    },
  };
}
