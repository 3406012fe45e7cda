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
  type Ranking,
  type ServiceState,
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
  pick(permit: Permit, ranking: Ranking): Pick;
  /** How the permit's endpoints do, all of which are of this cell. */
  service(permit: Permit): ServiceState;
  /** Null when the endpoint became unavailable since it was picked. */
  lease(id: EndpointId): Lease | null;
  signal(id: EndpointId, signal: Signal): void;
  probesDue(): readonly EndpointId[];
}

interface Member {
  health: Health;
  inFlight: number;
  latencyMs: number | null;
  /** Smoothed share of attempts that failed, from 0 to 1; null before the first one. */
  errorShare: number | null;
}

/** The share that the newest latency or attempt has in the average. */
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
    endpoints.map((id) => [id, { health: healthy, inFlight: 0, latencyMs: null, errorShare: null }]),
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
    pick: (permit, ranking) => pick(permit, { mode: ranking, nowMs: now(), turn: turn++, view: memberOf }),
    service: (permit) => serviceOf(permit, memberOf, now()),
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
      if (shown.kind !== "no-verdict") {
        const error = shown.kind === "answered" ? 0 : 1;
        member.errorShare = smooth(member.errorShare ?? 0, error);
      }
      signal(shown);
    },
    observeLatency(latencyMs) {
      member.latencyMs = smooth(member.latencyMs ?? latencyMs, latencyMs);
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      member.inFlight--;
      if (!isSignalled) signal({ kind: "no-verdict" });
    },
  };
}

function smooth(before: number, newest: number): number {
  return before + (newest - before) * smoothing;
}

function serviceOf(permit: Permit, memberOf: (id: EndpointId) => Member, nowMs: number): ServiceState {
  const all = permit.terms.endpoints.map(({ id, isTransfer }) => ({ id, isTransfer, ...memberOf(id) }));
  const home = all.filter(({ isTransfer, health }) => !isTransfer && isAvailable(health, nowMs));
  const known = (key: "latencyMs" | "errorShare"): [EndpointId, number][] =>
    all.flatMap((each): [EndpointId, number][] => (each[key] === null ? [] : [[each.id, each[key]]]));
  return {
    homeAvailable: home.length,
    homeLatencyMs: least(home.map(({ latencyMs }) => latencyMs)),
    homeErrorShare: least(home.map(({ errorShare }) => errorShare)),
    latencyMs: new Map(known("latencyMs")),
    errorShare: new Map(known("errorShare")),
  };
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
