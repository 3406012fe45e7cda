// Owner: each gateway thread. What it knows of endpoints it has learnt by itself (docs/decisions/0047).
import {
  type CellId,
  type EndpointId,
  type ModelAlias,
  type MonotonicClock,
  type MonotonicMs,
} from "../../base/index.ts";
import type { Permit } from "../../law/index.ts";
import {
  afterSignal,
  type CircuitSignal,
  type EndpointView,
  type Health,
  healthy,
  isAvailable,
  isDoubtfulFor,
  isProbeDue,
  pick,
  type Pick,
  type Preferences,
  type Ranking,
  type ServiceState,
  type Signal,
  takeTrial,
} from "../../routing/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import { Loads, type LoadUse, type Room, type Wish } from "./loads.ts";
import type { Meters } from "./meters.ts";
import { type Absence, ModelCircuits } from "./model-circuits.ts";
import { ModelOutliers } from "./model-outliers.ts";

/** The use of one endpoint by one attempt. */
export interface Lease {
  /** `health`: of the endpoint as a whole. */
  show(circuit: CircuitSignal, health?: Signal | null): void;
  /** Whether it is a while since somebody was told that the endpoint refuses us for this model; then it is told now. */
  isNewsThatItRefuses(): boolean;
  /** To the first token where it is a stream, else to the end. */
  observeLatency(latencyMs: number, isStream: boolean): void;
  /** It was not waited for any longer: where it counts as quicker, it counts so less. */
  observeSlowerThan(latencyMs: number): void;
  /** It has refused the attempt for want of room, or has not begun in time. */
  noteOverload(): void;
  /** Whether the endpoint refuses to be asked for the token counts of this model's streams. */
  refusesUsageWish(): boolean;
  noteRefusesUsageWish(): void;
  /** The attempt is over; without a signal before, it showed nothing. */
  end(): void;
}

/** What is asked for, and by which credential. */
interface Routed {
  readonly ranking: Ranking;
  readonly model: { readonly alias: ModelAlias; readonly servedBy: Preferences };
  readonly caller: string;
}

export interface LeaseOptions {
  readonly model: ModelAlias;
  readonly caller: string;
  readonly room: Room | null;
}

/** What this cell knows of its endpoints. What to do with it is decided in the routing room. */
export interface Pool {
  /** A policy came that names them. What is known of one that another policy names too stays known. */
  admit(endpoints: readonly EndpointId[]): void;
  /** Nobody lives by that policy any more. One that no other policy names is forgotten, but for its quarantine. */
  retire(endpoints: readonly EndpointId[]): void;
  pick(permit: Permit, routed: Routed): Pick;
  absence(permit: Permit, model: ModelAlias): Absence;
  /** How the permit's endpoints do for the model, all of which are of this cell. */
  service(permit: Permit, model: ModelAlias): ServiceState;
  /** Null when the endpoint became unavailable since it was picked. `room`: that the request has waited for, there. */
  lease(id: EndpointId, use: LeaseOptions): Lease | "full" | null;
  /** For endpoints that are full. The number: it may not wait, and how long it would have been. */
  waitForRoom(wish: Wish): Promise<Room | number>;
  signal(id: EndpointId, signal: Signal): void;
  isQuarantined(id: EndpointId): boolean;
  probesDue(): readonly EndpointId[];
}

interface Member {
  /** How many policies that somebody lives by name it. */
  policyCount: number;
  health: Health;
  inFlight: number;
  latencyMs: number | null;
  /** Smoothed share of attempts that failed, from 0 to 1; null before the first one. */
  errorShare: number | null;
  /** Models of whose streams it refuses to tell token counts. */
  readonly uncounted: Set<ModelAlias>;
}

/** The share that the newest latency or attempt has in the average. */
const smoothing = 0.2;

interface PoolOptions {
  readonly cell: CellId;
  readonly meters: Meters;
  readonly log: Logger;
  readonly monotonicNow: MonotonicClock;
  /** Those that are in quarantine when the thread starts. */
  readonly quarantined: readonly EndpointId[];
  /** Requests that wait for room, all together. */
  readonly maxWaiting: number;
}

export function createPool(options: PoolOptions): Pool {
  const { monotonicNow: now } = options;
  const kept = keepMembers(options);
  const { members, memberOf, begin, signal, isQuarantined } = kept;
  const circuits = new ModelCircuits(options);
  const loads = new Loads(options);
  const outliers = new ModelOutliers(options);
  let turn = 0;

  function admit(id: EndpointId): void {
    const known = members.get(id);
    if (known) {
      known.policyCount++;
      known.uncounted.clear();
      circuits.reset(id);
      return;
    }
    begin(id);
  }

  function retire(id: EndpointId): void {
    const member = memberOf(id);
    member.policyCount--;
    if (member.policyCount > 0) return;
    members.delete(id);
    circuits.forget(id);
    loads.forget(id);
    outliers.forget(id);
  }

  const isUsable = (id: EndpointId, model: ModelAlias): boolean =>
    isAvailable(memberOf(id).health, now()) && circuits.isAvailable(id, model);

  return {
    admit: (ids) => ids.forEach(admit),
    retire: (ids) => ids.forEach(retire),
    pick(permit, { ranking, model, caller }) {
      const nowMs = now();
      const away = outliers.away(model.alias);
      const view = (id: EndpointId): EndpointView => {
        const { health, inFlight, latencyMs } = memberOf(id);
        const circuit = circuits.of(id, model.alias);
        return {
          health,
          circuit,
          isDoubtful: isDoubtfulFor(circuit, caller, nowMs),
          isFailing: circuits.isFailingFor({ id, model: model.alias, caller }),
          isOutlier: away.has(id),
          inFlight,
          latencyMs,
        };
      };
      return pick(permit, { mode: ranking, preferences: model.servedBy, nowMs, turn: turn++, view });
    },
    absence: (permit, model) => circuits.absence(permit, model),
    service: (permit, model) => serviceOf(permit, memberOf, (id) => isUsable(id, model)),
    lease: (id, use) => openLease({ kept, circuits, loads, outliers, isUsable }, id, use),
    waitForRoom: (wish) => loads.wait(wish),
    signal,
    isQuarantined,
    probesDue: () => probesDue(members, now()),
  };
}

interface Leasing {
  readonly kept: Members;
  readonly circuits: ModelCircuits;
  readonly loads: Loads;
  readonly outliers: ModelOutliers;
  readonly isUsable: (id: EndpointId, model: ModelAlias) => boolean;
}

/** INVARIANT: what a trial or a promised room is looked up for is taken in the same turn of the event loop. */
function openLease(
  { kept, circuits, loads, outliers, isUsable }: Leasing,
  id: EndpointId,
  { model, caller, room }: LeaseOptions,
): Lease | "full" | null {
  if (!isUsable(id, model)) {
    room?.giveBack();
    return null;
  }
  if (room) room.take();
  else if (!loads.hasRoom(id, model)) return "full";
  kept.takeTrial(id);
  circuits.takeTrial({ id, model, caller });
  return leaseOf(kept.memberOf(id), {
    model,
    load: loads.begin(id, model, caller),
    signal: (shown) => kept.signal(id, shown),
    // A late word of one that is gone says nothing.
    circuit(shown) {
      if (!kept.members.has(id)) return;
      circuits.show({ id, model, caller }, shown);
      if (shown.kind === "answered" || shown.kind === "failed") outliers.note(id, model, shown);
    },
    firstToken: (ms) => outliers.note(id, model, { kind: "first-token", ms }),
    isNews: () => circuits.isNewsThatItRefuses(id, model),
  });
}

interface Members {
  readonly members: Map<EndpointId, Member>;
  readonly memberOf: (id: EndpointId) => Member;
  readonly begin: (id: EndpointId) => void;
  readonly takeTrial: (id: EndpointId) => void;
  readonly signal: (id: EndpointId, shown: Signal) => void;
  readonly isQuarantined: (id: EndpointId) => boolean;
}

function keepMembers(options: PoolOptions): Members {
  const { cell, meters, log, monotonicNow: now } = options;
  const members = new Map<EndpointId, Member>();
  const memberOf = (id: EndpointId): Member => present(members, id);

  /** Those that no living policy names too: nobody leaves a quarantine by a reload. */
  const quarantined = new Set(options.quarantined);

  function become(id: EndpointId, health: Health): void {
    const member = memberOf(id);
    if (member.health.kind !== health.kind) {
      log({ event: "endpoint_health_changed", cell, endpoint: id, health: health.kind });
      meters.breaker(id, health.kind);
    }
    member.health = health;
  }

  function signal(id: EndpointId, shown: Signal): void {
    if (shown.kind === "violation") quarantined.add(id);
    if (shown.kind === "released") quarantined.delete(id);
    // A late word of one that is gone: a stream that ended after its policy, or a probe.
    if (members.has(id)) become(id, afterSignal(memberOf(id).health, shown, now()));
  }

  function begin(id: EndpointId): void {
    const health: Health = quarantined.has(id) ? { kind: "quarantined" } : healthy;
    members.set(id, {
      policyCount: 1,
      health,
      inFlight: 0,
      latencyMs: null,
      errorShare: null,
      uncounted: new Set(),
    });
    meters.breaker(id, health.kind);
  }

  const takeTrialOf = (id: EndpointId): void => become(id, takeTrial(memberOf(id).health, now()));
  const isQuarantined = (id: EndpointId): boolean => quarantined.has(id);
  return { members, memberOf, begin, takeTrial: takeTrialOf, signal, isQuarantined };
}

function present(members: ReadonlyMap<EndpointId, Member>, id: EndpointId): Member {
  const member = members.get(id);
  if (!member) throw new TypeError(`endpoint \`${id}\` is not of this cell`);
  return member;
}

function probesDue(members: ReadonlyMap<EndpointId, Member>, nowMs: MonotonicMs): readonly EndpointId[] {
  return Array.from(members)
    .filter(([, { health }]) => isProbeDue(health, nowMs))
    .map(([id]) => id);
}

interface Told {
  readonly model: ModelAlias;
  readonly load: LoadUse;
  readonly firstToken: (ms: number) => void;
  readonly signal: (shown: Signal) => void;
  readonly circuit: (shown: CircuitSignal) => void;
  readonly isNews: () => boolean;
}

function leaseOf(member: Member, { model, load, firstToken, signal, circuit, isNews }: Told): Lease {
  let hasShown = false;
  let hasEnded = false;
  member.inFlight++;
  return {
    show(shown, health = null) {
      hasShown = true;
      if (shown.kind !== "no-verdict") {
        member.errorShare = smooth(member.errorShare ?? 0, shown.kind === "answered" ? 0 : 1);
      }
      circuit(shown);
      signal(health ?? { kind: "no-verdict" });
    },
    isNewsThatItRefuses: isNews,
    refusesUsageWish: () => member.uncounted.has(model),
    noteRefusesUsageWish: () => void member.uncounted.add(model),
    noteOverload: () => load.overloaded(),
    observeLatency(latencyMs, isStream) {
      load.answered();
      if (isStream) firstToken(latencyMs);
      member.latencyMs = smooth(member.latencyMs ?? latencyMs, latencyMs);
    },
    observeSlowerThan(latencyMs) {
      const { latencyMs: known } = member;
      if (known !== null && latencyMs > known) member.latencyMs = smooth(known, latencyMs);
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      member.inFlight--;
      if (!hasShown) {
        circuit({ kind: "no-verdict" });
        signal({ kind: "no-verdict" });
      }
      // Last: whoever gets the room sees the endpoint as this attempt has left it.
      load.end();
    },
  };
}

function smooth(before: number, newest: number): number {
  return before + (newest - before) * smoothing;
}

function serviceOf(
  permit: Permit,
  memberOf: (id: EndpointId) => Member,
  takesRequests: (id: EndpointId) => boolean,
): ServiceState {
  const all = permit.terms.endpoints.map(({ id, isTransfer }) => ({ id, isTransfer, ...memberOf(id) }));
  const home = all.filter(({ id, isTransfer }) => !isTransfer && takesRequests(id));
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
