// Which engine may get which tenant's request at a moment: the table of lawful sets, less what events and the policy of
// that moment take away. The tool knows both, for it made them.
import {
  comingEngine,
  type EngineName,
  type LegalTarget,
  limits,
  type TenantName,
  tenants,
} from "./lawful-sets.ts";

/**
 * By then what lies in the folder of events, or was signalled, must have effect. The cell looks once a second
 * (docs/legal-events.md promises minutes); the rest is for a machine that does other things too.
 */
export const settlingMs = 5_000;

interface Restriction {
  readonly engines: readonly EngineName[];
  /** When it was told to the cell; until it has settled, both states of the law are right. */
  readonly toldAtMs: number;
  readonly settledAtMs: number;
  liftedAtMs: number;
}

export class LawOfTheMoment {
  readonly #restrictions = new Map<string, Restriction>();
  /** How long after a suspension was told the last request came to what it forbids. */
  latestAfterEventMs = 0;

  constructor() {
    this.#restrictions.set("policy-0", { ...restriction([comingEngine], 0), settledAtMs: 0 });
  }

  suspend(id: string, { engines }: LegalTarget): void {
    this.#restrictions.set(id, restriction(engines, settlingMs));
  }

  lift(id: string): void {
    const held = this.#restrictions.get(id);
    if (held !== undefined) held.liftedAtMs = performance.now();
  }

  /** A request lives by the policy under which it came, so that one which has gone still counts until their deadline. */
  takeAway(id: string): void {
    this.#restrictions.set(id, restriction([comingEngine], settlingMs + limits.deadlineMs));
  }

  /** For arrivals in the order of time. */
  mayGo(tenant: TenantName, engine: EngineName, atMs: number): boolean {
    const lawful: ReadonlySet<EngineName> = tenants[tenant].lawful;
    if (!lawful.has(engine)) return false;
    const hits = [...this.#restrictions.values()].filter(
      (each) => each.engines.includes(engine) && atMs >= each.toldAtMs && atMs < each.liftedAtMs,
    );
    if (hits.some(({ settledAtMs }) => atMs >= settledAtMs)) return false;
    for (const { toldAtMs } of hits) {
      if (engine !== comingEngine)
        this.latestAfterEventMs = Math.max(this.latestAfterEventMs, atMs - toldAtMs);
    }
    return true;
  }

  /** Whether the law of that moment leaves it to anybody, so that even a connection to it may be made. */
  mayBeReached(engine: EngineName, atMs: number): boolean {
    const isLawful = Object.values(tenants).some(({ lawful }) =>
      (lawful as ReadonlySet<EngineName>).has(engine),
    );
    const isClosed = [...this.#restrictions.values()].some(
      (each) => each.engines.includes(engine) && atMs >= each.settledAtMs && atMs < each.liftedAtMs,
    );
    return isLawful && !isClosed;
  }

  /** Whether it is among those that the cell may use for it, however long events and policies take to have effect. */
  isSurelyOpen(tenant: TenantName, engine: EngineName, atMs: number): boolean {
    const lawful: ReadonlySet<EngineName> = tenants[tenant].lawful;
    const isHit = [...this.#restrictions.values()].some(
      (each) => each.engines.includes(engine) && atMs >= each.toldAtMs && atMs < each.liftedAtMs + settlingMs,
    );
    return lawful.has(engine) && !isHit;
  }
}

function restriction(engines: readonly EngineName[], settlesInMs: number): Restriction {
  const toldAtMs = performance.now();
  return { engines, toldAtMs, settledAtMs: toldAtMs + settlesInMs, liftedAtMs: Number.POSITIVE_INFINITY };
}
