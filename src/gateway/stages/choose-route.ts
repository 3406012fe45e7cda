import type { Model } from "../../config/index.ts";
import type { Facts } from "../../law/index.ts";
import { type RoutePlan, routePlanFor, routingFactsOf } from "../../routing/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { PermitRuling } from "../exchange/ruling.ts";

interface Steered {
  readonly facts: Facts;
  readonly lawful: PermitRuling;
  readonly model: Model;
}

/** How this request is routed inside its permit: by the model's mode, and for `hybrid` by its rules, as things are now. */
export function chooseRoute({ cell }: Exchange, { facts, lawful, model }: Steered): RoutePlan {
  return routePlanFor(model, () => {
    const here = lawful.permit.narrow(
      (endpoint) => endpoint.cell === cell.cell && model.servedBy.has(endpoint.id),
    );
    return routingFactsOf(facts, cell.now(), cell.pool.service(here, model.alias));
  });
}
