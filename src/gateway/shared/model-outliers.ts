// Owner: the gateway's thread. Which endpoints of each model do clearly worse than the others that serve it.
import type { EndpointId, ModelAlias, MonotonicClock } from "../../base/index.ts";
import { Outliers, type Showing } from "../../routing/index.ts";
import type { LoadMeters } from "./load-meters.ts";

interface ModelOutliersOptions {
  readonly meters: Pick<LoadMeters, "outlier">;
  readonly monotonicNow: MonotonicClock;
}

interface Known {
  readonly outliers: Outliers;
  /** As the metrics have it. */
  told: ReadonlySet<EndpointId>;
}

export class ModelOutliers {
  readonly #options: ModelOutliersOptions;
  readonly #known = new Map<ModelAlias, Known>();

  constructor(options: ModelOutliersOptions) {
    this.#options = options;
  }

  note(id: EndpointId, model: ModelAlias, showing: Showing): void {
    const known = this.#known.get(model) ?? { outliers: new Outliers(), told: new Set() };
    this.#known.set(model, known);
    known.outliers.note(id, showing, this.#options.monotonicNow());
  }

  /** Those that are asked after their equals now. */
  away(model: ModelAlias): ReadonlySet<EndpointId> {
    const known = this.#known.get(model);
    if (!known) return none;
    const away = known.outliers.away(this.#options.monotonicNow());
    if (away !== known.told) this.#tell(model, known, away);
    return away;
  }

  forget(id: EndpointId): void {
    for (const { outliers } of this.#known.values()) outliers.forget(id);
  }

  #tell(model: ModelAlias, known: Known, away: ReadonlySet<EndpointId>): void {
    for (const id of known.told) if (!away.has(id)) this.#options.meters.outlier(id, model, false);
    for (const id of away) if (!known.told.has(id)) this.#options.meters.outlier(id, model, true);
    known.told = away;
  }
}

const none: ReadonlySet<EndpointId> = new Set();
