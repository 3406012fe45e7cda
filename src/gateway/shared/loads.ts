// Owner: the gateway's thread. How much each endpoint is given at once for a model, and who waits for room there. A request
// that finds room waits for nothing: it is two counters and no promise.
import type { EndpointId, ModelAlias, MonotonicClock } from "../../base/index.ts";
import { ConcurrencyLimit, type Priority, WaitingLine } from "../../routing/index.ts";
import type { LoadMeters } from "./load-meters.ts";

/** Requests of a model at an endpoint. INVARIANT: those under way and promised exceed the limit only after it fell. */
interface Load {
  readonly endpoint: EndpointId;
  readonly model: ModelAlias;
  readonly limit: ConcurrencyLimit;
  /** Given to those who waited, and not in use yet. */
  promised: number;
  toldLimit: number;
}

/** The use of an endpoint for a model by one request. */
export interface LoadUse {
  answered(): void;
  overloaded(): void;
  /** Once. */
  end(): void;
}

/** Room that a request has waited for. Once it was taken or given back, both do nothing. */
export interface Room {
  readonly endpoint: EndpointId;
  /** In the turn in which the use begins. */
  take(): void;
  giveBack(): void;
}

/** One request's use of several endpoints of which one is enough. */
export interface Wish {
  readonly endpoints: readonly EndpointId[];
  readonly model: ModelAlias;
  readonly caller: string;
  readonly priority: Priority;
  readonly leftMs: number;
  readonly signal: AbortSignal;
}

interface LoadsOptions {
  readonly meters: LoadMeters;
  readonly monotonicNow: MonotonicClock;
  /** So many may wait, all together. */
  readonly maxWaiting: number;
}

export class Loads {
  readonly #options: LoadsOptions;
  readonly #loads = new Map<EndpointId, Map<ModelAlias, Load>>();
  readonly #line: WaitingLine<Load>;

  constructor(options: LoadsOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options.maxWaiting);
  }

  hasRoom(endpoint: EndpointId, model: ModelAlias): boolean {
    return hasRoom(this.#of(endpoint, model));
  }

  begin(endpoint: EndpointId, model: ModelAlias, caller: string): LoadUse {
    const load = this.#of(endpoint, model);
    const now = this.#options.monotonicNow;
    const round = load.limit.begin(caller, now());
    return {
      answered: () => {
        load.limit.answered(round, now());
        this.#passOn(load);
      },
      overloaded: () => {
        load.limit.overloaded(round, caller, now());
        this.#passOn(load);
      },
      end: () => {
        load.limit.end();
        this.#passOn(load);
      },
    };
  }

  /** The number: it may not wait, or not any more, and how long it would probably have been. Rejects with the signal's reason. */
  async wait({ endpoints, model, caller, priority, leftMs, signal }: Wish): Promise<Room | number> {
    const { meters } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Room | number>();
    const keys = endpoints.map((endpoint) => this.#of(endpoint, model));
    const grant = (load: Load): void => resolve(this.#promise(load));
    const waiting = { keys, caller, priority, leftMs, grant, giveWay: resolve };
    const entrance = this.#line.enter(waiting, this.#options.monotonicNow());
    if (entrance.kind === "refused") {
      meters.waited(model, "refused");
      return entrance.waitMs;
    }
    meters.waiting(this.#line.size);
    const leave = (): void => {
      entrance.leave();
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      const found = await promise;
      meters.waited(model, typeof found === "number" ? "refused" : "served");
      return found;
    } catch (error) {
      meters.waited(model, "left");
      throw error;
    } finally {
      signal.removeEventListener("abort", leave);
      meters.waiting(this.#line.size);
    }
  }

  forget(endpoint: EndpointId): void {
    this.#loads.delete(endpoint);
  }

  #promise(load: Load): Room {
    let isHeld = true;
    load.promised++;
    const take = (): void => {
      if (isHeld) load.promised--;
      isHeld = false;
    };
    const giveBack = (): void => {
      take();
      this.#passOn(load);
    };
    return { endpoint: load.endpoint, take, giveBack };
  }

  /**
   * INVARIANT: while anybody waits at a load, somebody uses it or was promised room there, and comes by here with his end.
   * So nobody waits for a load that nobody uses.
   */
  #passOn(load: Load): void {
    this.#tell(load);
    while (hasRoom(load) && this.#line.grantNext(load, this.#options.monotonicNow()));
  }

  #tell(load: Load): void {
    const { most } = load.limit;
    if (most === load.toldLimit) return;
    load.toldLimit = most;
    this.#options.meters.concurrencyLimit(load.endpoint, load.model, most);
  }

  #of(endpoint: EndpointId, model: ModelAlias): Load {
    const ofEndpoint = this.#loads.get(endpoint) ?? new Map<ModelAlias, Load>();
    const known = ofEndpoint.get(model);
    if (known) return known;
    const load: Load = {
      endpoint,
      model,
      limit: new ConcurrencyLimit(),
      promised: 0,
      toldLimit: Number.POSITIVE_INFINITY,
    };
    this.#loads.set(endpoint, ofEndpoint.set(model, load));
    return load;
  }
}

function hasRoom({ limit, promised }: Load): boolean {
  return limit.hasRoom(promised);
}
