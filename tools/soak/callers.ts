// Callers of all kinds, at a pace, in loops that wait for their answers, for as long as they are let.
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { ask, type Asking } from "./call.ts";
import { sendGarbage } from "./garbage-call.ts";
import type { Call, CallKind, Journal } from "./journal.ts";
import { comingTenant, lastingTenants, type TenantName } from "./lawful-sets.ts";
import { Pace } from "./pace.ts";

/** How often each kind comes, of a hundred. */
const shares: readonly (readonly [CallKind, number])[] = [
  ["plain", 46],
  ["stream", 30],
  ["leaves", 12],
  ["bad-body", 4],
  ["wrong-key", 4],
  ["unknown-model", 3],
  ["half", 2],
  ["garbage", 1],
  ["unfinished", 0.5],
  ["stalls", 0.5],
];
const whenAbsentMs = 20;
/** Of each tenant. */
export const persons: readonly string[] = ["p1", "p2", "p3"];
const patienceOfLeaversMs = 60;
const burstTenant: TenantName = "limited";

type AnyAsking = Omit<Asking, "url" | "kind"> & { readonly kind: CallKind };

export interface Audience {
  /** Of the cell that runs now; null while there is none. */
  readonly url: () => string | null;
  readonly journal: Journal;
  /** Nobody is to ask any more, whatever the reason. */
  readonly signal: AbortSignal;
}

export interface Crowd {
  readonly seed: number;
  readonly loops: number;
  /** Of all of them; floods come on top. */
  readonly requestsPerSecond: number;
}

export class Callers {
  readonly #audience: Audience;
  readonly #random: () => number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #pace: Pace;
  readonly #garbage = { sent: 0 };
  #isStopped = false;
  /** Until then nobody asks. */
  #held: PromiseWithResolvers<void> | null = null;
  readonly #loops: readonly Promise<void>[];

  constructor(audience: Audience, { seed, loops, requestsPerSecond }: Crowd) {
    this.#audience = audience;
    this.#random = seededRandom(seed);
    this.#pace = new Pace(requestsPerSecond);
    this.#loops = Array.from({ length: loops }, () => this.#live());
  }

  /** Many at once from a tenant that may have few. */
  async flood(count: number): Promise<void> {
    const asking = { tenant: burstTenant, kind: "flood", operation: "chat", model: "fast" } as const;
    await Promise.all(Array.from({ length: count }, () => this.#ask({ ...this.#anyAsking(), ...asking })));
  }

  /** Nobody asks while `audit` runs, which begins when the last one has been answered. */
  async holdFor(audit: () => Promise<void>): Promise<void> {
    const held = Promise.withResolvers<void>();
    this.#held = held;
    try {
      while (this.#underWay.size > 0) await Promise.all(this.#underWay);
      await audit();
    } finally {
      this.#held = null;
      held.resolve();
    }
  }

  /** No new request; resolves when the last one has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#underWay);
  }

  async #live(): Promise<void> {
    while (!this.#isStopped && !this.#audience.signal.aborted) {
      await this.#held?.promise;
      await this.#pace.turn();
      if (this.#held !== null) continue;
      const asking = this.#anyAsking();
      const asked = this.#ask(asking);
      // Who hangs on for long keeps nobody else from asking.
      if (asking.kind !== "unfinished" && asking.kind !== "stalls") await asked;
    }
  }

  async #ask(asking: AnyAsking): Promise<void> {
    const url = this.#audience.url();
    if (url === null) {
      await pause(whenAbsentMs);
      return;
    }
    const asked = this.#askAt(url, asking).then((call) => void this.#audience.journal.calls.push(call));
    this.#underWay.add(asked);
    await asked;
    this.#underWay.delete(asked);
  }

  #askAt(url: string, { kind, ...asking }: AnyAsking): Promise<Call> {
    return kind === "garbage" ? sendGarbage(url, this.#garbage.sent++) : ask({ ...asking, kind, url });
  }

  #anyAsking(): AnyAsking {
    const kind = this.#anyKind();
    const operation = kind === "stream" || kind === "stalls" ? this.#anyStreamed() : this.#anyOperation();
    const isRare = this.#random() < 0.08;
    const lasting = lastingTenants[Math.floor(this.#random() * lastingTenants.length)] ?? "bank";
    return {
      kind,
      tenant: isRare ? comingTenant : lasting,
      key: this.#random() < 0.5 ? "a" : "b",
      person: this.#random() < 0.3 ? (persons[Math.floor(this.#random() * persons.length)] ?? null) : null,
      operation,
      model: this.#random() < 0.6 ? "assistant" : "fast",
      isStream: kind === "stream" || (kind !== "plain" && this.#random() < 0.5),
      leavesAfterMs: this.#random() * patienceOfLeaversMs,
    };
  }

  #anyOperation(): Asking["operation"] {
    return this.#random() < 0.2 ? "embeddings" : this.#anyStreamed();
  }

  #anyStreamed(): Asking["operation"] {
    return this.#random() < 0.25 ? "messages" : "chat";
  }

  #anyKind(): CallKind {
    let at = this.#random() * shares.reduce((sum, [, share]) => sum + share, 0);
    return shares.find(([, share]) => (at -= share) < 0)?.[0] ?? "plain";
  }
}
