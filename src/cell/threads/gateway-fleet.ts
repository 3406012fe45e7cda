// Owner: the control thread. All gateway threads of the cell: what is ordered of all, and in force in all or in none.
import type { EndpointId } from "../../base/index.ts";
import type { Control, GatewayThreads } from "../../gateway/index.ts";
import { GatewayLink } from "./gateway-link.ts";
import type { Answer, ControlPort, Order, PolicyMessage } from "./thread-messages.ts";

/** A thread that takes longer for what it does in one turn, or parses in one, is dead. */
export const answerWithinMs = 30_000;

export class GatewayFleet implements GatewayThreads {
  /** Resolves with the reason when the first of them has ended unasked. */
  readonly lost: Promise<string>;
  readonly #links: readonly GatewayLink[];
  #control: Control | null = null;

  constructor(ports: readonly ControlPort[]) {
    this.#links = ports.map((port) => this.#link(port));
    this.lost = Promise.race(this.#links.map(({ lost }) => lost));
  }

  /** What the threads tell is for `control`. */
  serve(control: Control): void {
    this.#control = control;
  }

  /** Rejects when one of them does not answer. */
  order(order: Order): Promise<readonly Answer[]> {
    return Promise.all(this.#links.map((link) => link.order(order, answerWithinMs)));
  }

  async orderThoseThatLive(order: Order, withinMs: number): Promise<readonly Answer[]> {
    const answers = await Promise.allSettled(this.#links.map((link) => link.order(order, withinMs)));
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  async takeEvents(texts: readonly string[]): Promise<void> {
    await this.order({ kind: "events", texts });
  }

  async quarantine(endpoint: EndpointId): Promise<void> {
    await this.order({ kind: "quarantine", endpoint });
  }

  async release(endpoint: EndpointId): Promise<void> {
    await this.order({ kind: "release", endpoint });
  }

  tell(standing: Parameters<GatewayThreads["tell"]>[0]): void {
    for (const link of this.#links) link.tell({ kind: "standing", standing });
  }

  /** With several threads what they share is one record, so that the word of any is that of all. */
  async limits(): ReturnType<GatewayThreads["limits"]> {
    const [answer] = await this.orderThoseThatLive({ kind: "limits" }, answerWithinMs);
    return answer?.kind === "limits" ? answer.standings : [];
  }

  async snapshots(): ReturnType<GatewayThreads["snapshots"]> {
    const answers = await this.orderThoseThatLive({ kind: "scrape" }, answerWithinMs);
    return answers.flatMap((answer) => (answer.kind === "metrics" ? [answer.snapshot] : []));
  }

  /**
   * False: in force in none. `record` is done once every thread could take it up, and before any does. A thread that dies
   * in between ends the cell, and serves nobody by either policy.
   */
  async takeUp(epoch: number, policy: PolicyMessage, record: () => Promise<void>): Promise<boolean> {
    const prepared = await Promise.all(
      this.#links.map(async (link) => {
        const answer = await link.order({ kind: "prepare", epoch, policy }, answerWithinMs).catch(() => null);
        return answer?.kind === "prepared" && answer.isUsable ? link : null;
      }),
    );
    const ready = prepared.filter((link) => link !== null);
    const isUsable = ready.length === this.#links.length && (await succeeds(record));
    const order = { kind: isUsable ? ("commit" as const) : ("discard" as const), epoch };
    await Promise.allSettled(ready.map((link) => link.order(order, answerWithinMs)));
    return isUsable;
  }

  #link(port: ControlPort): GatewayLink {
    return new GatewayLink(port, (news) => {
      if (news.kind === "keys-unavailable") return this.#control?.noteKeysUnavailable();
      return this.#control?.noteQuarantine(news.quarantine);
    });
  }
}

/** A log that takes nothing more tells of that by itself, and ends the cell. */
async function succeeds(act: () => Promise<void>): Promise<boolean> {
  return act().then(
    () => true,
    () => false,
  );
}
