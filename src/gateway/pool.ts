import type { CellId, EndpointId } from "../base/index.ts";
import type { Permit } from "../law/index.ts";
import {
  afterSignal,
  type Health,
  healthy,
  isAvailable,
  isProbeDue,
  pick,
  type Pick,
  type RoutingMode,
  type Signal,
  takeTrial,
} from "../routing/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Meters } from "./meters.ts";

/** The use of one endpoint by one attempt. */
export interface Lease {
  signal(signal: Signal): void;
  observeLatency(latencyMs: number): void;
  /** The attempt is over; without a signal before, it showed nothing. */
  end(): void;
}

/** What this cell knows of its endpoints. What to do with it is decided in the routing room. */
export interface Pool {
  pick(permit: Permit, mode: RoutingMode): Pick;
  /** Null when the endpoint became unavailable since it was picked. */
  lease(id: EndpointId): Lease | null;
  signal(id: EndpointId, signal: Signal): void;
  probesDue(): readonly EndpointId[];
}

interface Member {
  health: Health;
  inFlight: number;
  latencyMs: number | null;
}

/** The share that the newest latency has in the average. */
const smoothing = 0.2;

interface PoolOptions {
  readonly cell: CellId;
  readonly endpoints: readonly EndpointId[];
  readonly meters: Meters;
  readonly log: Logger;
  readonly now: () => number;
}

export function createPool({ cell, endpoints, meters, log, now }: PoolOptions): Pool {
  const members = new Map<EndpointId, Member>(
    endpoints.map((id) => [id, { health: healthy, inFlight: 0, latencyMs: null }]),
  );
  let turn = 0;

  function memberOf(id: EndpointId): Member {
    const member = members.get(id);
    if (!member) throw new TypeError(`endpoint \`${id}\` is not of this cell`);
    return member;
  }

  function become(id: EndpointId, health: Health): void {
    const member = memberOf(id);
    if (member.health.kind !== health.kind) {
      log({ event: "endpoint_health_changed", cell, endpoint: id, health: health.kind });
      meters.breaker(id, health.kind);
    }
    member.health = health;
  }

  function signal(id: EndpointId, shown: Signal): void {
    become(id, afterSignal(memberOf(id).health, shown, now()));
  }

  for (const id of endpoints) meters.breaker(id, "closed");
  return {
    pick: (permit, mode) => pick(permit, { mode, nowMs: now(), turn: turn++, view: memberOf }),
    lease(id) {
      const member = memberOf(id);
      if (!isAvailable(member.health, now())) return null;
      become(id, takeTrial(member.health, now()));
      return leaseOf(member, (shown) => signal(id, shown));
    },
    signal,
    probesDue: () => endpoints.filter((id) => isProbeDue(memberOf(id).health, now())),
  };
}

function leaseOf(member: Member, signal: (shown: Signal) => void): Lease {
  let isSignalled = false;
  let hasEnded = false;
  member.inFlight++;
  return {
    signal(shown) {
      isSignalled = true;
      signal(shown);
    },
    observeLatency(latencyMs) {
      const before = member.latencyMs ?? latencyMs;
      member.latencyMs = before + (latencyMs - before) * smoothing;
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      member.inFlight--;
      if (!isSignalled) signal({ kind: "no-verdict" });
    },
  };
}
