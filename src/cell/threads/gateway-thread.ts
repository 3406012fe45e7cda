// Owner: a gateway's thread. It does what the control thread orders through the port, and knows no more of the cell.
import { unreachable } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import { asUnusable, asUnusableState, UnusableInputError } from "../../disk/index.ts";
import {
  type CellParts,
  type Gateway,
  type GatewaySettings,
  type PreparedPolicy,
  startGateway,
  type ThreadTools,
} from "../../gateway/index.ts";
import type { PolicyTexts } from "../load/policy-texts.ts";
import type {
  Answer,
  ControlMessage,
  GatewayMessage,
  GatewayPort,
  Order,
  StartOrder,
  Told,
} from "./thread-messages.ts";

/**
 * What a gateway's thread has of the cell beside its messages. While there is one thread, all of {@link CellParts} is handed
 * over as objects. A thread of its own (gateway-worker.ts) has each of them by another way:
 *
 * - `ledger`: a port of its own to the ledger's thread;
 * - `vault`: it asks for each key, and keeps it until it is to `forget` its place;
 * - `records`: the directory. A record is a file named by its request, and the control thread's sweep deletes by day;
 * - `files`, `batches`: the directories, in which any thread may look and add;
 * - `witness`: it asks;
 * - `geoIp`: the bytes of the file, and again with each reload;
 * - `limitSeat`: as it is;
 * - `tally`: none. A policy that counts people is served by one thread (one-thread-only.ts).
 */
export interface GatewayThreadParts extends CellParts {
  /** Of a thread of its own; null where the parts are the control thread's own objects. */
  readonly borrowed: BorrowedParts | null;
  /** What the thread makes for itself. */
  readonly tools: ThreadTools;
  /** Null for texts that are no policy. */
  readonly parsePolicy: (texts: PolicyTexts) => Policy | null;
}

/** What it was lent, and hears more of. */
export interface BorrowedParts {
  hearTold(id: number, told: Told): void;
  forget(place: string): void;
  renewCountries(bytes: Uint8Array): void;
}

export interface GatewayThread {
  /** For requests that come by another way than a listener: a channel is an object, which no message carries. */
  serve: Gateway["serve"];
  /** Resolves when the thread has let go of everything, whether it was asked to end or its port closed. */
  readonly ended: Promise<void>;
}

export function runGatewayThread(port: GatewayPort, parts: GatewayThreadParts): GatewayThread {
  const thread = new ObedientThread(port, parts);
  const ended = Promise.withResolvers<void>();
  port.onMessage((message) => thread.hear(message));
  port.onClosed(() => {
    void thread.end().finally(() => ended.resolve());
  });
  return { serve: (channel) => thread.gateway.serve(channel), ended: ended.promise };
}

class ObedientThread {
  readonly #port: GatewayPort;
  readonly #parts: GatewayThreadParts;
  readonly #prepared = new Map<number, PreparedPolicy>();
  #gateway: Gateway | null = null;
  /** Orders that come while it starts wait for that: so a thread may be told of everything from its start order on. */
  #starting: Promise<unknown> = Promise.resolve();

  constructor(port: GatewayPort, parts: GatewayThreadParts) {
    this.#port = port;
    this.#parts = parts;
  }

  get gateway(): Gateway {
    if (this.#gateway === null) throw new TypeError("the gateway has not been started");
    return this.#gateway;
  }

  hear(message: ControlMessage): void {
    switch (message.kind) {
      case "order":
        return void this.#obey(message.id, message.order);
      case "told":
        return this.#parts.borrowed?.hearTold(message.id, message.told);
      case "standing":
        return this.#gateway?.hear(message.standing);
      default:
        return unreachable(message);
    }
  }

  /**
   * The port has closed: as ordered, or because the control thread is gone. Without it nobody would tell us of a
   * suspension any more, so nothing may be served.
   */
  async end(): Promise<void> {
    await this.#gateway?.drain();
  }

  async #obey(id: number, order: Order): Promise<void> {
    const answer = await this.#inTurn(order).catch((thrown: unknown) => broken(order, thrown));
    if (answer.kind === "broken") this.#port.send(answer);
    else this.#port.send({ kind: "answer", id, answer });
    if (order.kind === "drain") this.#port.send({ kind: "drained" });
    if (order.kind === "drain" || answer.kind === "failed" || answer.kind === "broken") this.#port.close();
  }

  #inTurn(order: Order): Promise<Answer> {
    if (order.kind !== "start") return this.#starting.then(() => this.#carryOut(order));
    const started = this.#start(order);
    this.#starting = started.catch(() => undefined);
    return started;
  }

  async #carryOut(order: Exclude<Order, StartOrder>): Promise<Answer> {
    switch (order.kind) {
      case "prepare":
        return { kind: "prepared", isUsable: await this.#prepare(order) };
      case "commit":
        this.#takePrepared(order.epoch).commit();
        return { kind: "done" };
      case "discard":
        await this.#takePrepared(order.epoch).discard();
        return { kind: "done" };
      case "events":
        this.gateway.takeEvents(order.texts);
        return { kind: "done" };
      case "quarantine":
        this.gateway.quarantine(order.endpoint);
        return { kind: "done" };
      case "release":
        this.gateway.release(order.endpoint);
        return { kind: "done" };
      case "forget":
        this.#parts.borrowed?.forget(order.place);
        return { kind: "done" };
      case "forget-answers":
        this.gateway.forget(order.subject);
        return { kind: "done" };
      case "countries":
        this.#parts.borrowed?.renewCountries(order.bytes);
        return { kind: "done" };
      case "key-set":
        await this.gateway.takeKeySet(order.id, order.set);
        return { kind: "done" };
      case "tls":
        this.gateway.renewTls(order.tls);
        return { kind: "done" };
      case "scrape":
        return { kind: "metrics", snapshot: this.#parts.tools.metrics.snapshot() };
      case "limits":
        return { kind: "limits", standings: this.gateway.limits() };
      case "quiesce":
        await this.gateway.quiesce();
        return { kind: "done" };
      case "drain":
        await this.gateway.drain();
        return { kind: "done" };
      default:
        return unreachable(order);
    }
  }

  async #start({ settings, tls, keySets, policy, events, quarantined }: StartOrder): Promise<Answer> {
    const parsed = this.#parts.parsePolicy(policy.texts);
    if (parsed === null) return { kind: "failed", lines: [unreadable], isRepairable: false };
    const { tools, parsePolicy: _parse, borrowed: _borrowed, ...parts } = this.#parts;
    try {
      this.#gateway = await startGateway({
        ...settings,
        ...parts,
        ...tools,
        tls,
        keySets,
        policy: parsed,
        addresses: policy.addresses,
        events,
        quarantined,
        keysUnavailable: () => this.#port.send({ kind: "keys-unavailable" }),
        keySetWanted: (id) => this.#port.send({ kind: "key-set-wanted", id }),
        endpointQuarantined: (quarantine) => this.#port.send({ kind: "quarantined", quarantine }),
      });
      return { kind: "ready", url: this.#gateway.url };
    } catch (error) {
      return failedBy(settings, error);
    }
  }

  async #prepare({ epoch, policy }: Extract<Order, { readonly kind: "prepare" }>): Promise<boolean> {
    const parsed = this.#parts.parsePolicy(policy.texts);
    const prepared = parsed && (await this.gateway.prepare({ policy: parsed, addresses: policy.addresses }));
    if (prepared !== null) this.#prepared.set(epoch, prepared);
    return prepared !== null;
  }

  #takePrepared(epoch: number): PreparedPolicy {
    const prepared = this.#prepared.get(epoch);
    if (prepared === undefined) throw new TypeError(`epoch ${epoch} has not been prepared`);
    this.#prepared.delete(epoch);
    return prepared;
  }
}

const unreadable = "the gateway's thread cannot read the policy that the control thread has read";

function broken({ kind }: Order, thrown: unknown): Extract<GatewayMessage, { readonly kind: "broken" }> {
  return { kind: "broken", reason: `\`${kind}\` failed: ${String(thrown)}` };
}

function failedBy({ cell, listen }: GatewaySettings, thrown: unknown): Answer {
  const isListening = thrown instanceof Error && "syscall" in thrown && thrown.syscall === "listen";
  const error = isListening
    ? asUnusable(
        `cell \`${cell}\` cannot listen for callers (\`listen\`) on ${listen.host}:${listen.port}`,
        thrown,
      )
    : asUnusableState(`endpoints of cell \`${cell}\``, thrown);
  if (error instanceof UnusableInputError) return { kind: "failed", lines: error.lines, isRepairable: true };
  return { kind: "failed", lines: [String(error)], isRepairable: false };
}
