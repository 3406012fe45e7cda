// Owner: the gateway's thread, which counts for the whole cell. With several threads it is the control thread's, and to hold
// a request is a message to it that is answered before anything is sent.
import type { EndpointId, InstantMs, TenantId } from "../../base/index.ts";
import { type DataClass, dataClasses, isOneOf } from "../../law/index.ts";
import type { AllowedEndpoint, AttemptView, DecisionEntry } from "../../ledger/index.ts";

/**
 * Requests of tenants that a law counts, by who got them, or may. INVARIANT: never fewer than the ledger holds: a request
 * is in it before its decision is recorded, for all that it may be sent to, and until its outcome is, by which some of them
 * got no byte.
 *
 * Nothing of it is on disk: if we crash, the next start reads it from the ledger (ledger-tally.ts).
 */
export class TransferTally {
  readonly #tenants: ReadonlyMap<TenantId, TenantTally>;

  /** Of these tenants, for as long as the cell runs. */
  constructor(tenants: Iterable<TenantId>) {
    this.#tenants = new Map(Array.from(tenants, (tenant) => [tenant, new TenantTally()]));
  }

  /** Undefined for a tenant that is not counted. */
  of(tenant: TenantId): TenantTally | undefined {
    return this.#tenants.get(tenant);
  }

  /** Nobody knows what was sent before this moment, of any tenant. */
  noteUnknownBefore(atMs: InstantMs): void {
    for (const tally of this.#tenants.values()) tally.noteUnknownBefore(atMs);
  }
}

/** Who got a request, or may get it. */
export type Reached = Pick<AllowedEndpoint, "endpoint" | "transfer">;

/** A permit, as it is recorded. */
export interface HeldDecision extends Pick<DecisionEntry, "ts" | "classes"> {
  readonly allowed: readonly Reached[];
}

/** Which of the requests. */
export interface Asked {
  readonly sinceMs: InstantMs;
  /** Those that hold data of the set; null: whatever they hold. */
  readonly of: ReadonlySet<DataClass> | null;
  /** Those that somebody else got; null: that somebody got as a transfer. */
  readonly atHome: ReadonlySet<EndpointId> | null;
}

const hourMs = 3_600_000;

/** A sum that was asked for. */
interface Sum extends Omit<Asked, "sinceMs"> {
  readonly firstHour: number;
  requests: number;
}

/** Each counter has one, and a new one when its period moves on by an hour. */
const maxSums = 32;

/** Requests of one tenant, by hour, by what they hold and by who got them. */
export class TenantTally {
  readonly #hours = new Map<number, Map<string, number>>();
  /** INVARIANT: each is what the hours add up to; kept, since a year has thousands of them. */
  readonly #sums = new Map<string, Sum>();
  #knownFromMs: InstantMs = Number.NEGATIVE_INFINITY;

  /** Counts a request for whoever may get it, until the function that is returned says who did; nobody: it is not counted. */
  hold({ ts, classes, allowed }: HeldDecision): (reached: readonly Reached[]) => void {
    const hour = Math.floor(ts / hourMs);
    this.#add(hour, kindOf(classes, allowed), 1);
    return (reached) => {
      this.#add(hour, kindOf(classes, allowed), -1);
      if (reached.length > 0) this.#add(hour, kindOf(classes, reached), 1);
    };
  }

  /** Those since the hour of `sinceMs`. Null where nobody knows of all that time. */
  requestsSince({ sinceMs, of, atHome }: Asked): number | null {
    if (sinceMs < this.#knownFromMs) return null;
    const firstHour = Math.floor(sinceMs / hourMs);
    const key = `${firstHour} ${of === null ? "all" : Array.from(of).join()} ${atHome === null ? "all" : Array.from(atHome).join()}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known.requests;
    if (this.#sums.size >= maxSums) this.#sums.clear();
    const sum = this.#sum({ firstHour, of, atHome, requests: 0 });
    this.#sums.set(key, sum);
    return sum.requests;
  }

  noteUnknownBefore(atMs: InstantMs): void {
    this.#knownFromMs = Math.max(this.#knownFromMs, atMs);
  }

  #add(hour: number, kind: string, count: number): void {
    const kinds = this.#hours.get(hour) ?? new Map<string, number>();
    this.#hours.set(hour, kinds.set(kind, (kinds.get(kind) ?? 0) + count));
    for (const sum of this.#sums.values()) addTo(sum, { hour, kind, count });
  }

  #sum(sum: Sum): Sum {
    for (const [hour, kinds] of this.#hours) {
      for (const [kind, count] of kinds) addTo(sum, { hour, kind, count });
    }
    return sum;
  }
}

interface Counted {
  readonly hour: number;
  readonly kind: string;
  readonly count: number;
}

function addTo(sum: Sum, { hour, kind, count }: Counted): void {
  if (hour >= sum.firstHour && isAskedFor(kind, sum)) sum.requests += count;
}

/** Names alone, of classes and of endpoints: neither a blank nor a comma nor a mark is part of one. */
function kindOf(classes: readonly string[], reached: readonly Reached[]): string {
  const endpoints = reached.map(({ endpoint, transfer }) => `${endpoint}${transfer ? "!" : ""}`);
  return `${classes.join()} ${endpoints.join()}`;
}

function isAskedFor(kind: string, { of, atHome }: Pick<Sum, "of" | "atHome">): boolean {
  const [classes = "", endpoints = ""] = kind.split(" ");
  const hasLeft = endpoints
    .split(",")
    .some((name) => name.endsWith("!") || (atHome !== null && !atHome.has(name as EndpointId)));
  return hasLeft && (of === null || holdsOneOf(classes, of));
}

/** A class of another release may be anything. */
function holdsOneOf(classes: string, of: ReadonlySet<DataClass>): boolean {
  return classes.split(",").some((name) => {
    const known = dataClasses.find((each) => each === name);
    return known === undefined || isOneOf(of, known);
  });
}

interface Recorded {
  readonly allowed: readonly Reached[];
  /** Endpoints whose use as a transfer is recorded, or was about to be. */
  readonly transfers: readonly EndpointId[];
  /** Null: nobody can say who was sent it. */
  readonly attempts: readonly Pick<AttemptView, "endpoint" | "sent">[] | null;
}

/**
 * Who got a request, or may have got it. As a transfer nothing leaves before the entry that says so; where the outcome is
 * not known, that entry is all there is to go by, and any other endpoint may have been sent it.
 */
export function reachedBy({ allowed, transfers, attempts }: Recorded): readonly Reached[] {
  if (attempts === null)
    return allowed.filter(({ endpoint, transfer }) => !transfer || transfers.includes(endpoint));
  return allowed.filter((each) =>
    attempts.some(({ endpoint, sent }) => sent !== false && endpoint === each.endpoint),
  );
}
