// Owner: the control thread. All gateway threads of the cell: what is ordered of all, and in force in all or in none.
import { elapsedMs, type EndpointId, type MonotonicMs, unreachable } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { Control, GatewayThreads, ListenerTls } from "../../gateway/index.ts";
import { countedIn, type MetricsSnapshot } from "../../telemetry/index.ts";
import { GatewayLink } from "./gateway-link.ts";
import type {
  Answer,
  ControlPort,
  GatewayMessage,
  Order,
  PolicyMessage,
  StartOrder,
} from "./thread-messages.ts";
import type { WorkerThreads } from "./worker-threads.ts";

/** A thread that takes longer for what it does in one turn, or parses in one, is dead. */
export const answerWithinMs = 30_000;
/** For the last lines of a thread that has drained. */
const endWithinMs = 2_000;
/** More threads than so many in so long are not lost by chance: the next one might be too, and waits. */
const maxReplaced = 4;
const replacedWithinMs = 60_000;
const pauseMs = 5_000;
/** Whoever looks after the process does better than a cell that has served nobody for so long. */
const unservedMs = 30_000;

type Workers = Pick<WorkerThreads, "open" | "returned" | "onErasure" | "answer" | "writeLines">;

type News = Exclude<GatewayMessage, { readonly kind: "answer" | "broken" | "drained" }>;

/**
 * With `workers`, a thread that is lost is replaced (docs/decisions/0047). INVARIANT: a thread that is ordered to start is in
 * `#links` from that turn on, so it hears of everything that its start order does not say.
 */
export class GatewayFleet implements GatewayThreads {
  /** Resolves with the reason when one of them has ended unasked, and nobody is served by another one or by one in its place. */
  readonly lost: Promise<string>;
  readonly #lost = Promise.withResolvers<string>();
  readonly #workers: Workers | null;
  readonly #links: GatewayLink[];
  /** Those that have started, and live. */
  readonly #serving = new Set<GatewayLink>();
  /** Runs while there are none of them. */
  #unserved: NodeJS.Timeout | null = null;
  #control: Control | null = null;
  /** What a thread that starts now is ordered; null until the first have started. */
  #start: StartOrder | null = null;
  #standing: Parameters<GatewayThreads["tell"]>[0] | null = null;
  #takingUp: Promise<unknown> = Promise.resolve();
  readonly #replacedAt: MonotonicMs[] = [];
  #isEnding = false;
  /** What each thread had counted when it was last asked, and what those had that are gone. */
  readonly #counted = new Map<GatewayLink, MetricsSnapshot>();
  #countedByGone: MetricsSnapshot = [];

  constructor(ports: readonly ControlPort[], workers: Workers | null = null) {
    this.lost = this.#lost.promise;
    this.#workers = workers;
    this.#links = ports.map((port) => this.#link(port));
    for (const [at, link] of this.#links.entries()) this.#watch(link, at);
    workers?.onErasure((place) => this.#everywhere({ kind: "forget", place }));
  }

  /** What the threads tell is for `control`. */
  serve(control: Control): void {
    this.#control = control;
  }

  /** Resolves with the URL of all when all take connections. */
  async start(order: StartOrder): Promise<string> {
    const [first, ...others] = this.#links;
    if (first === undefined) throw new TypeError("a cell has a gateway thread");
    const url = await this.#startOne(first, order);
    // If it was free to choose, the others are not.
    const { listen } = order.settings;
    const settings = { ...order.settings, listen: { ...listen, port: Number(new URL(url).port) } };
    this.#start = { ...order, settings };
    const started = this.#start;
    await Promise.all(others.map((link) => this.#startOne(link, started)));
    return url;
  }

  async orderThoseThatLive(order: Order, withinMs: number): Promise<readonly Answer[]> {
    const answers = await Promise.allSettled(this.#links.map((link) => link.order(order, withinMs)));
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  async takeEvents(texts: readonly string[]): Promise<void> {
    this.#startWith({ events: texts });
    await this.#everywhere({ kind: "events", texts });
  }

  /** A thread that begins meanwhile keeps nothing yet. */
  async forget(subject: string): Promise<void> {
    await this.#everywhere({ kind: "forget-answers", subject });
  }

  async quarantine(endpoint: EndpointId): Promise<void> {
    this.#startWith({ quarantined: [...this.#quarantinedBut(endpoint), endpoint] });
    await this.#everywhere({ kind: "quarantine", endpoint });
  }

  async release(endpoint: EndpointId): Promise<void> {
    this.#startWith({ quarantined: this.#quarantinedBut(endpoint) });
    await this.#everywhere({ kind: "release", endpoint });
  }

  /** For threads that share no objects with this one. */
  async renewCountries(bytes: Uint8Array): Promise<void> {
    if (this.#workers !== null) await this.#everywhere({ kind: "countries", bytes });
  }

  async renewTls(tls: ListenerTls): Promise<void> {
    this.#startWith({ tls });
    await this.#everywhere({ kind: "tls", tls });
  }

  async takeKeySet(...[id, set]: Parameters<GatewayThreads["takeKeySet"]>): Promise<void> {
    if (set) {
      const others = (this.#start?.keySets ?? []).filter((each) => each.id !== id);
      this.#startWith({ keySets: [...others, set] });
    }
    await this.#everywhere({ kind: "key-set", id, set });
  }

  tell(standing: Parameters<GatewayThreads["tell"]>[0]): void {
    this.#standing = standing;
    for (const link of this.#links) link.tell({ kind: "standing", standing });
  }

  /** With several threads what they share is one record, so that the word of any is that of all. */
  async limits(): ReturnType<GatewayThreads["limits"]> {
    const [answer] = await this.orderThoseThatLive({ kind: "limits" }, answerWithinMs);
    return answer?.kind === "limits" ? answer.standings : [];
  }

  async snapshots(): ReturnType<GatewayThreads["snapshots"]> {
    await Promise.allSettled(
      this.#links.map(async (link) => {
        const answer = await link.order({ kind: "scrape" }, answerWithinMs);
        if (answer.kind === "metrics" && link.isOpen) this.#counted.set(link, answer.snapshot);
      }),
    );
    return [this.#countedByGone, ...this.#counted.values()];
  }

  /**
   * False: in force in none. `record` is done once every thread could take it up, and before any does. A thread that dies
   * in between serves nobody by either policy: it ends the cell, or the one in its place begins with the policy that is in
   * force then.
   */
  takeUp(epoch: number, policy: PolicyMessage, record: () => Promise<void>): Promise<boolean> {
    const taken = this.#takeUp(epoch, policy, record);
    this.#takingUp = taken.catch(() => undefined);
    return taken;
  }

  /** Nobody is replaced any more. Resolves when all have ended, and ends those that do not. */
  async end(order: Extract<Order, { readonly kind: "drain" }>, withinMs: number): Promise<void> {
    this.#isEnding = true;
    await this.orderThoseThatLive(order, withinMs);
    if (this.#workers === null) return;
    const limit = setTimeout(() => this.close(), endWithinMs);
    await Promise.all(this.#links.map(({ gone }) => gone));
    clearTimeout(limit);
  }

  close(): void {
    this.#isEnding = true;
    for (const link of this.#links) link.close();
  }

  async #takeUp(epoch: number, policy: PolicyMessage, record: () => Promise<void>): Promise<boolean> {
    const asked = this.#links.filter(({ isOpen }) => isOpen || this.#workers === null);
    const answers = await Promise.all(asked.map((link) => this.#prepare(link, epoch, policy)));
    const ready = asked.filter((_, at) => answers[at] === "usable");
    const isPrepared = ready.length > 0 && !answers.includes("unusable");
    const isUsable = isPrepared && (await succeeds(record));
    if (isUsable) this.#startWith({ policy });
    const order = { kind: isUsable ? ("commit" as const) : ("discard" as const), epoch };
    await Promise.all(ready.map((link) => link.order(order, answerWithinMs).catch(() => this.#gone(link))));
    return isUsable;
  }

  async #prepare(
    link: GatewayLink,
    epoch: number,
    policy: PolicyMessage,
  ): Promise<"usable" | "unusable" | "gone"> {
    try {
      const answer = await link.order({ kind: "prepare", epoch, policy }, answerWithinMs);
      return answer.kind === "prepared" && answer.isUsable ? "usable" : "unusable";
    } catch {
      if (this.#workers === null) return "unusable";
      await link.gone;
      return "gone";
    }
  }

  /** Rejects where a thread is lost that cannot be replaced; one that can be counts once it serves nobody any more. */
  async #everywhere(order: Order): Promise<void> {
    await Promise.all(
      this.#links.map(async (link) => {
        try {
          await link.order(order, answerWithinMs);
        } catch (error) {
          if (this.#workers === null) throw error;
          await link.gone;
        }
      }),
    );
  }

  async #gone(link: GatewayLink): Promise<void> {
    if (this.#workers !== null) await link.gone;
  }

  #startWith(change: Partial<StartOrder>): void {
    if (this.#start !== null) this.#start = { ...this.#start, ...change };
  }

  #quarantinedBut(endpoint: EndpointId): readonly EndpointId[] {
    return (this.#start?.quarantined ?? []).filter((each) => each !== endpoint);
  }

  #link(port: ControlPort): GatewayLink {
    const link: GatewayLink = new GatewayLink(port, (news) => this.#hear(link, news));
    return link;
  }

  #hear(link: GatewayLink, news: News): void {
    switch (news.kind) {
      case "ask":
        return void this.#workers
          ?.answer(news.ask)
          .then((told) => link.tell({ kind: "told", id: news.id, told }));
      case "lines":
        return this.#workers?.writeLines(news.text, news.lineCount);
      case "keys-unavailable":
        return this.#control?.noteKeysUnavailable();
      case "key-set-wanted":
        return void this.#control?.keySets.want(news.id);
      case "quarantined":
        return this.#control?.noteQuarantine(news.quarantine);
      default:
        return unreachable(news);
    }
  }

  async #startOne(link: GatewayLink, order: StartOrder): Promise<string> {
    const url = urlIn(await link.order(order, answerWithinMs));
    if (!link.isOpen) return url;
    this.#serving.add(link);
    if (this.#unserved !== null) clearTimeout(this.#unserved);
    this.#unserved = null;
    return url;
  }

  #watch(link: GatewayLink, at: number): void {
    void link.lost.then(async (reason) => {
      if (this.#isEnding) return;
      this.#serving.delete(link);
      this.#control?.noteLostThread(this.#serving.size > 0);
      if (this.#serving.size === 0)
        this.#unserved ??= setTimeout(() => this.#giveUp(reason), unservedMs).unref();
      await this.#replace(link, at).catch(() => this.#giveUp(reason));
    });
  }

  #giveUp(reason: string): void {
    if (this.#isEnding) return;
    this.#control?.noteUnserved();
    this.#lost.resolve(reason);
  }

  /** Rejects where there is nothing to put in its place. One that is lost while it starts is replaced in its turn. */
  async #replace(link: GatewayLink, at: number): Promise<void> {
    if (this.#workers === null || this.#start === null) throw new Error("the thread is the cell");
    this.#countGone(link);
    await link.gone;
    // A log that takes nothing more ends the cell by itself.
    const quarantines = await this.#workers.returned(at + 1);
    if (this.#isOftenReplaced()) await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    await this.#takingUp;
    if (this.#isEnding) return;
    const next = this.#link(this.#workers.open(at + 1));
    this.#links[at] = next;
    this.#watch(next, at);
    const started = this.#startOne(next, this.#start);
    const known = this.#start.quarantined;
    for (const each of quarantines) if (!known.includes(each.endpoint)) this.#control?.noteQuarantine(each);
    try {
      await started;
    } catch (error) {
      if (next.isOpen) this.#control?.noteFailedStart(error);
      return next.close();
    }
    if (this.#standing !== null) next.tell({ kind: "standing", standing: this.#standing });
    this.#control?.noteReplacedThread(at + 1);
  }

  #countGone(link: GatewayLink): void {
    this.#countedByGone = countedIn([this.#countedByGone, this.#counted.get(link) ?? []]);
    this.#counted.delete(link);
  }

  #isOftenReplaced(): boolean {
    const now = monotonicNow();
    this.#replacedAt.push(now);
    const recent = this.#replacedAt.filter((each) => elapsedMs(each, now) < replacedWithinMs);
    this.#replacedAt.splice(0, this.#replacedAt.length, ...recent);
    return recent.length > maxReplaced;
  }
}

function urlIn(answer: Answer): string {
  if (answer.kind === "ready") return answer.url;
  if (answer.kind !== "failed") throw new TypeError(`\`start\` was answered with \`${answer.kind}\``);
  throw answer.isRepairable ? new UnusableInputError(answer.lines) : new Error(answer.lines.join("\n"));
}

/** A log that takes nothing more tells of that by itself, and ends the cell. */
async function succeeds(act: () => Promise<void>): Promise<boolean> {
  return act().then(
    () => true,
    () => false,
  );
}
