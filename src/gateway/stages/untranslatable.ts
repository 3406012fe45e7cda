import type { Model } from "../../config/index.ts";
import {
  type EngineOperation,
  type EngineOperationName,
  type RequestView,
  type SpokenName,
  translationFor,
  type Untranslatable,
} from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** By the operation as which an endpoint is asked: what the request says that it has no words for. Such an endpoint cannot answer it. */
export type UntranslatableFor = ReadonlyMap<SpokenName, Untranslatable>;

/** Looks at the request once for each dialect that the model's endpoints here are asked in, before one of them is chosen. */
export function untranslatableFor(
  exchange: Exchange,
  { name }: EngineOperation,
  view: RequestView,
  model: Model,
): UntranslatableFor {
  const others = othersSpoken(exchange, name, model);
  if (others.size === 0) return nothing;
  const found = new Map<SpokenName, Untranslatable>();
  for (const to of others) {
    const made = translationFor(name, to)?.request(view, "");
    if (made?.ok === false) found.set(to, made.error);
  }
  return found;
}

const nothing: UntranslatableFor = new Map();

type Spoken = ReadonlySet<SpokenName>;

/** By the model, which dies with its epoch as its endpoints' addresses do: to find it is work in the number of endpoints. */
const known = new WeakMap<Model, Map<EngineOperationName, Spoken>>();

/** As which other operations the model's endpoints here are asked this one. */
function othersSpoken({ inForce }: Exchange, name: EngineOperationName, model: Model): Spoken {
  const byName = known.get(model) ?? new Map<EngineOperationName, Spoken>();
  let others = byName.get(name);
  if (!others) {
    const spoken = Array.from(model.servedBy, ([id, served]) =>
      inForce.upstreams.askedAs(id, name, served.model),
    );
    others = new Set(spoken.flatMap((to) => (to === null || to === name ? [] : [to])));
    known.set(model, byName.set(name, others));
  }
  return others;
}
