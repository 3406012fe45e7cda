// Answers that may be given again (docs/response-cache.md). In memory alone: a start begins with none, and a crash leaves
// none. Owner: the gateway's thread; each has one of its own.
import {
  type EndpointId,
  later,
  type MonotonicClock,
  type MonotonicMs,
  type RequestId,
  type TenantId,
} from "../../base/index.ts";
import type { CachedAnswer } from "../../ledger/index.ts";

/** What is kept of an answer, of which everything but its sealed bytes is on record too. */
export interface KeptAnswer {
  readonly tenant: TenantId;
  readonly name: string;
  readonly rid: RequestId;
  /** Handle of the key that opens it. */
  readonly subject: string;
  readonly policy: string;
  readonly isStream: boolean;
  /** By whom, where and when it was computed. */
  readonly cached: CachedAnswer;
  readonly sealed: Uint8Array;
  readonly atMs: MonotonicMs;
  readonly lifetimeMs: number;
}

interface CacheOptions {
  readonly monotonicNow: MonotonicClock;
  /** Told whenever it changes. */
  readonly onSize: (bytes: number) => void;
}

/** What keeping an answer takes beside its bytes, at most. */
const overheadBytes = 2 * 1024;
/** No answer stays for longer than that after its lifetime. */
export const sweepMs = 10_000;

/**
 * By tenant, each with a bound of its own: so whatever one tenant does, another cannot tell by what is kept of its own.
 * INVARIANT: an answer whose lifetime is over is never found.
 */
export class ResponseCache {
  readonly #options: CacheOptions;
  readonly #shelves = new Map<TenantId, Shelf>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  find(tenant: TenantId, name: string): KeptAnswer | null {
    const kept = this.#shelves.get(tenant)?.find(name);
    return kept && !this.#isOver(kept) ? kept : null;
  }

  /** Takes the place of what was kept under its name. One that is larger than `maxBytes` is not kept. */
  keep(answer: KeptAnswer, maxBytes: number): void {
    const shelf = this.#shelves.get(answer.tenant) ?? new Shelf();
    this.#shelves.set(answer.tenant, shelf);
    shelf.keep(answer, maxBytes);
    this.#timer ??= setInterval(() => this.#remove((kept) => this.#isOver(kept)), sweepMs).unref();
    this.#settle();
  }

  /** Their key is gone, so nobody could open them any more. */
  forgetSubject(handle: string): void {
    this.#remove(({ subject }) => subject === handle);
  }

  /** For good: what it computed before is not believed again when it is released from a quarantine. */
  forgetEndpoint(endpoint: EndpointId): void {
    this.#remove(({ cached }) => cached.endpoint === endpoint);
  }

  /** Another policy, or other legal events, are in force: what was kept under those before is found by nobody. */
  forgetAllBut(policy: string): void {
    this.#remove((kept) => kept.policy !== policy);
  }

  clear(): void {
    this.#remove(() => true);
  }

  #isOver({ atMs, lifetimeMs }: KeptAnswer): boolean {
    return this.#options.monotonicNow() >= later(atMs, lifetimeMs);
  }

  #remove(isGone: (kept: KeptAnswer) => boolean): void {
    if (this.#shelves.size === 0) return;
    for (const shelf of this.#shelves.values()) shelf.remove(isGone);
    this.#settle();
  }

  #settle(): void {
    let bytes = 0;
    for (const [tenant, shelf] of this.#shelves) {
      if (shelf.bytes === 0) this.#shelves.delete(tenant);
      bytes += shelf.bytes;
    }
    this.#options.onSize(bytes);
    if (this.#shelves.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A tenant's. */
class Shelf {
  /** A Map keeps the order of insertion: the first one is the one that was longest not asked for. */
  readonly #answers = new Map<string, KeptAnswer>();
  #bytes = 0;

  /** INVARIANT: 0 only where there is none. */
  get bytes(): number {
    return this.#bytes;
  }

  find(name: string): KeptAnswer | null {
    const kept = this.#answers.get(name);
    if (!kept) return null;
    this.#answers.delete(name);
    this.#answers.set(name, kept);
    return kept;
  }

  keep(answer: KeptAnswer, maxBytes: number): void {
    const before = this.#answers.get(answer.name);
    if (before) this.#drop(before);
    if (sizeOf(answer) > maxBytes) return;
    this.#answers.set(answer.name, answer);
    this.#bytes += sizeOf(answer);
    for (const oldest of this.#answers.values()) {
      if (this.#bytes <= maxBytes) return;
      this.#drop(oldest);
    }
  }

  remove(isGone: (kept: KeptAnswer) => boolean): void {
    for (const kept of this.#answers.values()) if (isGone(kept)) this.#drop(kept);
  }

  #drop(kept: KeptAnswer): void {
    this.#answers.delete(kept.name);
    this.#bytes -= sizeOf(kept);
  }
}

function sizeOf({ sealed }: KeptAnswer): number {
  return sealed.length + overheadBytes;
}
