import type { CellId, EndpointId, InstantMs, ModelAlias } from "../../../base/index.ts";
import type { Model } from "../../../config/index.ts";
import type { Facts, Permit } from "../../../law/index.ts";
import { monotonicNow } from "../../../clock/index.ts";
import {
  routePlanFor,
  type EndpointView,
  closedCircuit,
  healthy,
  pick,
  type Preference,
  type RoutingMode,
  routingFactsOf,
  type ServiceState,
} from "../../../routing/index.ts";

/** Which endpoints one cell would use for one model, best first, if all of them were up and idle. */
export interface Served {
  readonly cell: CellId;
  readonly model: ModelAlias;
  readonly mode: RoutingMode;
  readonly endpoints: readonly EndpointId[];
  /** What the policy wishes for each of them, in the same order. */
  readonly preferences: readonly (Preference & { readonly endpoint: EndpointId })[];
}

/** A rule that looks at what nobody has measured errs, and so forbids. */
const unmeasured: Omit<ServiceState, "homeAvailable"> = {
  homeLatencyMs: null,
  homeErrorShare: null,
  latencyMs: new Map(),
  errorShare: new Map(),
};
const idle: EndpointView = {
  health: healthy,
  circuit: closedCircuit,
  isDoubtful: false,
  inFlight: 0,
  latencyMs: null,
};

export function servedBy(
  permit: Permit,
  model: Model,
  { cell, facts, nowMs }: { cell: CellId; facts: Facts; nowMs: InstantMs },
): Served {
  const able = permit.narrow((endpoint) => endpoint.cell === cell && model.servedBy.has(endpoint.id));
  const homeAvailable = able.terms.endpoints.filter(({ isTransfer }) => !isTransfer).length;
  const plan = routePlanFor(model, () => routingFactsOf(facts, nowMs, { ...unmeasured, homeAvailable }));
  const narrowed = able.narrow(({ isTransfer }) => plan.allowsTransfers || !isTransfer);
  const picked = pick(narrowed, {
    mode: plan.ranking,
    preferences: model.servedBy,
    nowMs: monotonicNow(),
    turn: 0,
    view: () => idle,
  });
  const endpoints = Array.from(picked.candidates);
  const preferences = endpoints.flatMap((endpoint) => {
    const serving = model.servedBy.get(endpoint);
    return serving ? [{ endpoint, order: serving.order, weight: serving.weight }] : [];
  });
  return { cell, model: model.alias, mode: model.mode, endpoints, preferences };
}
