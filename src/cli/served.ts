import type { CellId, EndpointId, InstantMs, ModelAlias } from "../base/index.ts";
import type { Model } from "../config/index.ts";
import type { Facts, Permit } from "../law/index.ts";
import {
  courseFor,
  type EndpointView,
  healthy,
  pick,
  type RoutingMode,
  routingFactsOf,
  type ServiceState,
} from "../routing/index.ts";

/** Which endpoints one cell would use for one model, best first, if all of them were up and idle. */
export interface Served {
  readonly cell: CellId;
  readonly model: ModelAlias;
  readonly mode: RoutingMode;
  readonly endpoints: readonly EndpointId[];
}

/** A rule that looks at what nobody has measured errs, and so forbids. */
const unmeasured: Omit<ServiceState, "homeAvailable"> = {
  homeLatencyMs: null,
  homeErrorShare: null,
  latencyMs: new Map(),
  errorShare: new Map(),
};
const idle: EndpointView = { health: healthy, inFlight: 0, latencyMs: null };

export function servedBy(
  permit: Permit,
  model: Model,
  { cell, facts, nowMs }: { cell: CellId; facts: Facts; nowMs: InstantMs },
): Served {
  const able = permit.narrow((endpoint) => endpoint.cell === cell && model.servedBy.has(endpoint.id));
  const homeAvailable = able.terms.endpoints.filter(({ isTransfer }) => !isTransfer).length;
  const course = courseFor(model, () => routingFactsOf(facts, nowMs, { ...unmeasured, homeAvailable }));
  const narrowed = able.narrow(({ isTransfer }) => course.allowsTransfers || !isTransfer);
  const { candidates } = pick(narrowed, { mode: course.ranking, nowMs, turn: 0, view: () => idle });
  return { cell, model: model.alias, mode: model.mode, endpoints: candidates };
}
