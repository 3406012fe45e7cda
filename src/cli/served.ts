import type { CellId, EndpointId, InstantMs, ModelAlias } from "../base/index.ts";
import type { Model } from "../config/index.ts";
import type { Permit } from "../law/index.ts";
import { type EndpointView, healthy, pick, type RoutingMode } from "../routing/index.ts";

/** Which endpoints one cell would use for one model, best first, if all of them were up and idle. */
export interface Served {
  readonly cell: CellId;
  readonly model: ModelAlias;
  readonly mode: RoutingMode;
  readonly endpoints: readonly EndpointId[];
}

const idle: EndpointView = { health: healthy, inFlight: 0, latencyMs: null };

export function servedBy(
  permit: Permit,
  model: Model,
  { cell, nowMs }: { cell: CellId; nowMs: InstantMs },
): Served {
  const narrowed = permit.narrow((endpoint) => endpoint.cell === cell && model.servedBy.has(endpoint.id));
  const { candidates } = pick(narrowed, { mode: model.mode, nowMs, turn: 0, view: () => idle });
  return { cell, model: model.alias, mode: model.mode, endpoints: candidates };
}
