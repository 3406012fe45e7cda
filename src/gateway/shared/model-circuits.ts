// Owner: the gateway's thread. What is known of the cell's endpoints for each model that was asked of them.
import {
  type CellId,
  elapsedMs,
  type EndpointId,
  type ModelAlias,
  type MonotonicClock,
  type MonotonicMs,
} from "../../base/index.ts";
import type { Permit } from "../../law/index.ts";
import {
  afterCircuitSignal,
  afterSignal,
  type Circuit,
  type CircuitSignal,
  closedCircuit,
  type Health,
  healthy,
  isAvailable,
  isCircuitAvailable,
  takeCircuitTrial,
  takeTrial,
} from "../../routing/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { Meters } from "./meters.ts";

/** Why the endpoints of a permit are away for a model, as far as they are. */
export interface Absence {
  /** When the first of those that would answer later comes back; null where there is none. */
  readonly saturatedUntilMs: MonotonicMs | null;
  /** All of them refuse us. */
  readonly areAllRefusing: boolean;
}

/** Between two alarms that say the same of an endpoint and a model. */
const newsAfterMs = 60_000;

interface Known {
  circuit: Circuit;
  toldAt: MonotonicMs | null;
  /**
   * How it does for each caller that it has failed lately. What one caller meets closes it to nobody else, but to that
   * caller it is a reason to be asked last; a deployment with a single key has no other.
   */
  readonly own: Map<string, Health>;
}

/** Callers whose failures are remembered; the oldest go. */
const maxOwn = 256;

/** One caller's use of an endpoint for a model. */
interface Use {
  readonly id: EndpointId;
  readonly model: ModelAlias;
  readonly caller: string;
}

/** What a caller is told to wait for, and what we do wrong, says nothing of this caller's requests. */
const ownSignals = {
  answered: { kind: "answered" },
  failed: { kind: "failed", retryAfterMs: null },
  saturated: { kind: "no-verdict" },
  refused: { kind: "no-verdict" },
  "no-verdict": { kind: "no-verdict" },
} as const;

interface Surroundings {
  readonly cell: CellId;
  readonly meters: Meters;
  readonly log: Logger;
  readonly monotonicNow: MonotonicClock;
}

export class ModelCircuits {
  readonly #surroundings: Surroundings;
  readonly #known: Map<EndpointId, Map<ModelAlias, Known>> = new Map();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  of(id: EndpointId, model: ModelAlias): Circuit {
    return this.#known.get(id)?.get(model)?.circuit ?? closedCircuit;
  }

  isAvailable(id: EndpointId, model: ModelAlias): boolean {
    return isCircuitAvailable(this.of(id, model), this.#surroundings.monotonicNow());
  }

  /** Whether it has failed this caller again and again, and the time for its next trial has not come. */
  isFailingFor({ id, model, caller }: Use): boolean {
    return !isAvailable(this.#ownOf({ id, model, caller }), this.#surroundings.monotonicNow());
  }

  show(use: Use, shown: CircuitSignal): void {
    const { id, model } = use;
    const now = this.#surroundings.monotonicNow();
    this.#become(id, model, afterCircuitSignal(this.of(id, model), shown, now));
    const own = afterSignal(this.#ownOf(use), ownSignals[shown.kind], now);
    this.#becomeOwn(use, own);
  }

  takeTrial(use: Use): void {
    const { id, model } = use;
    const now = this.#surroundings.monotonicNow();
    this.#become(id, model, takeCircuitTrial(this.of(id, model), now));
    this.#becomeOwn(use, takeTrial(this.#ownOf(use), now));
  }

  /** Key, credit or name of a model may be what a reload put right. */
  reset(id: EndpointId): void {
    for (const [model, { own }] of this.#known.get(id) ?? []) {
      own.clear();
      this.#become(id, model, closedCircuit);
    }
  }

  forget(id: EndpointId): void {
    this.#known.delete(id);
  }

  absence({ terms }: Permit, model: ModelAlias): Absence {
    const away = terms.endpoints
      .filter(({ id }) => !this.isAvailable(id, model))
      .map(({ id }) => this.of(id, model))
      .filter((circuit) => circuit.kind === "open");
    const saturated = away.filter(({ cause }) => cause === "saturated").map(({ retryAtMs }) => retryAtMs);
    const refusing = away.filter(({ cause }) => cause === "refusing");
    return {
      saturatedUntilMs: saturated.toSorted((left, right) => left - right)[0] ?? null,
      areAllRefusing: refusing.length === terms.endpoints.length,
    };
  }

  /** Whether it is a while since somebody was told that the endpoint refuses us for the model; then it is told now. */
  isNewsThatItRefuses(id: EndpointId, model: ModelAlias): boolean {
    const known = this.#known.get(id)?.get(model);
    const now = this.#surroundings.monotonicNow();
    if (!known || (known.toldAt !== null && elapsedMs(known.toldAt, now) < newsAfterMs)) return false;
    known.toldAt = now;
    return true;
  }

  #become(id: EndpointId, model: ModelAlias, circuit: Circuit): void {
    const { cell, log, meters } = this.#surroundings;
    if (this.of(id, model).kind !== circuit.kind) {
      log({ event: "circuit_changed", cell, endpoint: id, model, circuit: circuit.kind });
      meters.circuit(id, model, circuit.kind);
    }
    const ofEndpoint = this.#known.get(id) ?? new Map<ModelAlias, Known>();
    this.#known.set(id, ofEndpoint);
    const { toldAt = null, own = new Map<string, Health>() } = ofEndpoint.get(model) ?? {};
    ofEndpoint.set(model, { circuit, toldAt, own });
  }

  #ownOf({ id, model, caller }: Use): Health {
    return this.#known.get(id)?.get(model)?.own.get(caller) ?? healthy;
  }

  #becomeOwn({ id, model, caller }: Use, health: Health): void {
    const own = this.#known.get(id)?.get(model)?.own;
    if (!own) return;
    own.delete(caller);
    if (health.kind === "closed" && health.failures === 0) return;
    own.set(caller, health);
    for (const oldest of own.keys()) if (own.size > maxOwn) own.delete(oldest);
  }
}
