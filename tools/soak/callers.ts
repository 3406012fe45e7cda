// Callers of all kinds, in closed loops, for as long as they are let.
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { ask, type Asking } from "./call.ts";
import type { CallKind, Journal } from "./journal.ts";
import { comingTenant, lastingTenants, type TenantName } from "./lawful-sets.ts";

/** How often each kind comes, of a hundred. */
const shares: readonly (readonly [CallKind, number])[] = [
  ["plain", 46],
  ["stream", 30],
  ["leaves", 12],
  ["bad-body", 4],
  ["wrong-key", 4],
  ["unknown-model", 3],
  ["unfinished", 0.5],
  ["stalls", 0.5],
];
const mostPauseMs = 120;
const whenAbsentMs = 200;
const patienceOfLeaversMs = 60;
const burstTenant: TenantName = "limited";

export interface Audience {
  /** Of the cell that runs now; null while there is none. */
  readonly url: () => string | null;
  readonly journal: Journal;
  /** Nobody is to ask any more, whatever the reason. */
  readonly signal: AbortSignal;
}

export class Callers {
  readonly #audience: Audience;
  readonly #random: () => number;
  readonly #underWay = new Set<Promise<void>>();
  #isStopped = false;
  readonly #loops: readonly Promise<void>[];

  constructor(audience: Audience, { seed, loops }: { readonly seed: number; readonly loops: number }) {
    this.#audience = audience;
    this.#random = seededRandom(seed);
    this.#loops = Array.from({ length: loops }, () => this.#live());
  }

  /** Many at once from a tenant that may have few. */
  async flood(count: number): Promise<void> {
    const asking = { tenant: burstTenant, kind: "flood", model: "fast" } as const;
    await Promise.all(Array.from({ length: count }, () => this.#ask({ ...this.#anyAsking(), ...asking })));
  }

  /** No new request; resolves when the last one has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#underWay);
  }

  async #live(): Promise<void> {
    while (!this.#isStopped && !this.#audience.signal.aborted) {
      const asking = this.#anyAsking();
      const asked = this.#ask(asking);
      // Who hangs on for long keeps nobody else from asking.
      if (asking.kind !== "unfinished" && asking.kind !== "stalls") await asked;
      await pause(this.#random() * mostPauseMs);
    }
  }

  async #ask(asking: Omit<Asking, "url">): Promise<void> {
    const url = this.#audience.url();
    if (url === null) {
      await pause(whenAbsentMs);
      return;
    }
    const asked = ask({ ...asking, url }).then((call) => void this.#audience.journal.calls.push(call));
    this.#underWay.add(asked);
    await asked;
    this.#underWay.delete(asked);
  }

  #anyAsking(): Omit<Asking, "url"> {
    const kind = this.#anyKind();
    const isRare = this.#random() < 0.08;
    const lasting = lastingTenants[Math.floor(this.#random() * lastingTenants.length)] ?? "bank";
    return {
      kind,
      tenant: isRare ? comingTenant : lasting,
      model: this.#random() < 0.6 ? "assistant" : "fast",
      isStream: kind === "stream" || (kind !== "plain" && this.#random() < 0.5),
      leavesAfterMs: this.#random() * patienceOfLeaversMs,
    };
  }

  #anyKind(): CallKind {
    let at = this.#random() * shares.reduce((sum, [, share]) => sum + share, 0);
    return shares.find(([, share]) => (at -= share) < 0)?.[0] ?? "plain";
  }
}
