import type { BlockList } from "node:net";
import type { CellId, EndpointId, Place } from "../base/index.ts";
import type { Policy } from "../config/index.ts";
import { type Cell, createDecider, type Decider, type LawPolicy } from "../law/index.ts";
import { blockListOf } from "./caller-address.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { createMeters, type Meters } from "./meters.ts";
import type { GatewayParts } from "./parts.ts";
import { createPool, type Pool } from "./pool.ts";
import { openTokenVerifier, type TokenVerifier } from "./token-verifier.ts";
import { RecordedContradictions } from "./witness/contradiction.ts";

/** Why a policy file is not in force, and the last good policy is; the words are the log's. */
export type PolicyRefusal =
  /** It has errors, or is not there: `bailiwick check` names them. */
  | "unusable"
  /** It changes what is fixed when a cell starts (reload.ts). */
  | "restart_needed";

/** Everything that outlives a request in this process: the parts, and what the gateway made of them. */
export interface CellContext extends Omit<GatewayParts, "policy"> {
  /** The law as the policy's file states it: replaced, with all that comes from that file, by a reload. */
  filedLaw: LawPolicy;
  /** With the legal events that are held now: replaced, together with the decider, when one comes. */
  policy: Policy;
  decider: Decider;
  readonly here: Cell;
  keys: KeyRing;
  tokens: TokenVerifier;
  readonly proxies: BlockList;
  readonly limiter: Limiter;
  readonly pool: Pool;
  readonly meters: Meters;
  readonly contradictions: RecordedContradictions;
  /**
   * Endpoints whose calls do not leave the cell: same place for computing and storing, same operator. For these the
   * decision's append runs beside the call (DESIGN §3); for all others it comes first.
   */
  insiders: ReadonlySet<EndpointId>;
  /** `policyRefusal`: why the newest policy file is not in force. */
  readonly life: {
    isDraining: boolean;
    isPoisoned: boolean;
    policyRefusal: PolicyRefusal | null;
    areKeysAvailable: boolean;
  };
}

/**
 * Rejects when the policy does not know the cell, since a process that does not know where it is must not serve, or when a
 * key that it pins is none.
 */
export async function createCellContext(parts: GatewayParts): Promise<CellContext> {
  const { policy, cell, log, now } = parts;
  const here = policy.law.cells.find(({ id }) => id === cell);
  if (!here) throw new TypeError(`the policy has no cell \`${cell}\``);
  const endpoints = policy.law.endpoints.filter((endpoint) => endpoint.cell === cell);
  const meters = createMeters(parts.metrics, cell);
  return {
    ...parts,
    filedLaw: policy.law,
    decider: createDecider(policy.law),
    here,
    keys: createKeyRing(policy.tenants.values()),
    tokens: await openTokenVerifier(policy.tenants.values()),
    proxies: blockListOf(parts.trustedProxies),
    limiter: createLimiter(),
    pool: createPool({ cell, endpoints: endpoints.map(({ id }) => id), meters, log, now }),
    meters,
    contradictions: new RecordedContradictions(),
    insiders: insidersOf(policy, here),
    life: { isDraining: false, isPoisoned: false, policyRefusal: null, areKeysAvailable: true },
  };
}

/** See {@link CellContext.insiders}. */
export function insidersOf({ law, endpoints }: Policy, here: Cell): ReadonlySet<EndpointId> {
  const own = law.endpoints
    .filter(({ cell, operator }) => cell === here.id && operator.id === here.operator.id)
    // A peer is another cell, also next door and of the same operator.
    .filter(({ id }) => (endpoints.get(id)?.peer ?? null) === null)
    .filter(({ computes, stores }) => [...computes, ...stores].every((place) => place === here.place));
  return new Set(own.map(({ id }) => id));
}

/** Where a cell of the policy is reached. */
export function urlOf(cell: CellContext, id: CellId): string {
  return cell.policy.law.cells.find((candidate) => candidate.id === id)?.url ?? "";
}

export function listPlaces(places: Iterable<Place>): string {
  return Array.from(new Set(places))
    .toSorted((left, right) => (left < right ? -1 : 1))
    .join(", ");
}
