import type { Model } from "../../config/index.ts";
import type { Facts } from "../../law/index.ts";
import { type Course, courseFor, routingFactsOf } from "../../routing/index.ts";
import type { Exchange } from "../exchange.ts";
import type { PermitRuling } from "../matter.ts";

interface Steered {
  readonly facts: Facts;
  readonly lawful: PermitRuling;
  readonly model: Model;
}

/** How this request is routed inside its permit: by the model's mode, and for `hybrid` by its rules, as things are now. */
export function steer({ cell }: Exchange, { facts, lawful, model }: Steered): Course {
  return courseFor(model, () => {
    const here = lawful.permit.narrow(
      (endpoint) => endpoint.cell === cell.cell && model.servedBy.has(endpoint.id),
    );
    return routingFactsOf(facts, cell.now(), cell.pool.service(here));
  });
}
