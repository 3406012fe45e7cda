// Owner: the gateway's thread. What is in force now, and who still lives by what was in force before.
import { createDecider } from "../../law/index.ts";
import { type HeldEvent, lawUnder } from "./held-events.ts";
import type { FiledPolicy, InForce } from "./in-force.ts";
import { RequestKinds } from "./request-kinds.ts";

interface EpochsOptions {
  /** The legal events that stand already. */
  readonly events: readonly HeldEvent[];
  /** Nobody lives by it any more, and nobody will. */
  readonly onRetired: (filed: FiledPolicy) => void;
}

/**
 * A reload makes the next epoch for those who come; a legal event makes it for everybody. INVARIANT: a filed policy is
 * retired once, after the last request that captured it has ended, and never while it is in force.
 */
export class PolicyEpochs {
  readonly #options: EpochsOptions;
  readonly #users = new Map<FiledPolicy, number>();
  readonly #watchers = new Set<() => void>();
  #events: readonly HeldEvent[];
  #renewed = new WeakMap<FiledPolicy, InForce>();
  #current: InForce;
  #epoch = 1;
  #eventsTaken = 0;

  constructor(first: FiledPolicy, options: EpochsOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#current = this.#make(first);
  }

  get current(): InForce {
    return this.#current;
  }

  /** How often events took effect: as long as it is the same, so is the law of everybody who came before. */
  get eventsTaken(): number {
    return this.#eventsTaken;
  }

  /** What decides a request from now on, until `release`. */
  capture(): InForce {
    const { filed } = this.#current;
    this.#users.set(filed, (this.#users.get(filed) ?? 0) + 1);
    return this.#current;
  }

  release({ filed }: InForce): void {
    const others = (this.#users.get(filed) ?? 1) - 1;
    if (others > 0) this.#users.set(filed, others);
    else this.#users.delete(filed);
    this.#retireIfUnused(filed);
  }

  /** A reload: in one turn of the event loop, so that nobody captures half of it. */
  succeed(filed: FiledPolicy): void {
    const before = this.#current.filed;
    this.#epoch++;
    this.#current = this.#make(filed);
    this.#retireIfUnused(before);
  }

  /** All that stand from now on. They have effect for those who come, and for those who came before. */
  takeEvents(events: readonly HeldEvent[]): void {
    this.#events = events;
    this.#epoch++;
    this.#eventsTaken++;
    this.#renewed = new WeakMap();
    this.#current = this.#make(this.#current.filed);
    for (const watcher of Array.from(this.#watchers)) watcher();
  }

  /** The same policy under the events that stand now. */
  underPresentEvents({ filed }: InForce): InForce {
    if (filed === this.#current.filed) return this.#current;
    const known = this.#renewed.get(filed);
    if (known) return known;
    const renewed = this.#make(filed);
    this.#renewed.set(filed, renewed);
    return renewed;
  }

  /** `watcher` runs whenever events took effect, until the function that is returned is called. */
  onEvents(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #make(filed: FiledPolicy): InForce {
    const law = lawUnder(filed.policy.law, this.#events);
    const policy = { ...filed.policy, law };
    const decider = createDecider(law);
    return { ...filed, epoch: this.#epoch, policy, decider, kinds: new RequestKinds(), filed };
  }

  #retireIfUnused(filed: FiledPolicy): void {
    if (filed === this.#current.filed || this.#users.has(filed)) return;
    this.#options.onRetired(filed);
  }
}
