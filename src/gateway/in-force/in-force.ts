// Owner: the gateway's thread; it never changes, and each thread makes its own.
import type { EndpointId, TenantId } from "../../base/index.ts";
import { type CountedVolume, countedVolumes, type Policy } from "../../config/index.ts";
import type { Cell, Decider } from "../../law/index.ts";
import type { Upstreams } from "../../providers/index.ts";
import type { KeySets } from "./key-sets.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import type { RequestKinds } from "./request-kinds.ts";
import { openTokenVerifier, type TokenVerifier } from "./token-verifier.ts";

/** A policy as its file states it, with what this process made of it. */
export interface FiledPolicy {
  readonly policy: Policy;
  readonly keys: KeyRing;
  readonly tokens: TokenVerifier;
  /**
   * Endpoints whose calls do not leave the cell: same place for computing and storing, same operator. For these the
   * decision's append runs beside the call (DESIGN §3); for all others it comes first.
   */
  readonly inCell: ReadonlySet<EndpointId>;
  /** Tenants whose people a law counts. A legal event changes nothing of what is counted. */
  readonly counted: ReadonlyMap<TenantId, readonly CountedVolume[]>;
  /** The way to each endpoint that the policy names: an endpoint that moved under its name is another one. */
  readonly upstreams: Upstreams;
}

/**
 * What decides a request, from when it came to its end (docs/decisions/0029). INVARIANT: nothing in it ever changes but what
 * is remembered of it; a reload and a legal event each make the next epoch's value.
 */
export interface InForce extends FiledPolicy {
  readonly epoch: number;
  /** With the legal events that stood when the value was made. */
  readonly policy: Policy;
  readonly decider: Decider;
  readonly kinds: RequestKinds;
  readonly filed: FiledPolicy;
}

interface Circumstances {
  readonly here: Cell;
  readonly upstreams: Upstreams;
  readonly keySets: KeySets;
}

/** Rejects with TypeError for a pinned key that is none. */
export async function filePolicy(
  policy: Policy,
  { here, upstreams, keySets }: Circumstances,
): Promise<FiledPolicy> {
  const tenants = Array.from(policy.tenants.values());
  return {
    policy,
    keys: createKeyRing(tenants),
    tokens: await openTokenVerifier(tenants, keySets),
    inCell: inCellOf(policy, here),
    counted: countedVolumes(policy),
    upstreams,
  };
}

/** See {@link FiledPolicy.inCell}. */
function inCellOf({ law, endpoints }: Policy, here: Cell): ReadonlySet<EndpointId> {
  const own = law.endpoints
    .filter(({ cell, operator }) => cell === here.id && operator.id === here.operator.id)
    // A peer is another cell, also next door and of the same operator.
    .filter(({ id }) => (endpoints.get(id)?.peer ?? null) === null)
    .filter(({ computes, stores }) => [...computes, ...stores].every((place) => place === here.place));
  return new Set(own.map(({ id }) => id));
}
