import type { LimitLevel, Model, Money, Price } from "../../config/index.ts";
import type { Permit } from "../../law/index.ts";
import type { RequestView } from "../../wire/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { Hold } from "../limits/hold.ts";
import type { Moments } from "../limits/limiter.ts";
import { boundOf, dearestOf, mostCostOf, type TokenBound } from "../limits/usage.ts";
import { countedMs, countingMs } from "../shared/counter-standing.ts";
import { limitReached } from "./limit-reached.ts";

interface Measured {
  readonly caller: Caller;
  readonly view: RequestView;
  readonly model: Model;
  /** All that the request may be sent to. */
  readonly permit: Permit;
}

/**
 * Takes the most that the request may use of its caller's tokens and money, before anything of it is recorded or sent; null
 * where neither is limited. One that was decided before has settled for that first.
 */
export function reserve(exchange: Exchange, { caller, view, model, permit }: Measured): Hold | null {
  const { cell, progress } = exchange;
  progress.hold?.settle();
  const levels = caller.limits.filter(isOfUse);
  if (levels.length === 0) return null;
  if (model.tokens === null) throw new TypeError(`nobody says how many tokens \`${model.alias}\` takes`);
  const bound = boundOf(view, model.tokens);
  const most = { tokens: bound.input + bound.output, cost: mostCostIn(permit, model, bound) };
  const reserved = cell.limiter.reserve(levels, most, momentsOf(cell));
  if (reserved.kind === "refused") {
    cell.limitMeters.refused(reserved.level, reserved.limit);
    throw limitReached(reserved);
  }
  const hold = new Hold({
    reserved,
    reserveAgain() {
      const again = cell.limiter.reserve(levels, most, momentsOf(cell));
      return again.kind === "reserved" ? again : null;
    },
    bound,
    priceAt: (endpoint) => model.servedBy.get(endpoint)?.price ?? null,
    onUnknown: (endpoint) => cell.limitMeters.usageUnknown(endpoint),
  });
  progress.hold = hold;
  exchange.onEnd(() => hold.settle());
  return hold;
}

function isOfUse({ tokensPerMinute, budget }: LimitLevel): boolean {
  return tokensPerMinute !== null || budget !== null;
}

function momentsOf(cell: CellServices): Moments {
  return {
    monotonicMs: cell.monotonicNow(),
    askedMs: countingMs(cell),
    countedMs: countedMs(cell.now(), cell),
  };
}

/** Of a model's permit, which all requests of a kind share: to find it is work in the size of the permit. */
const dearest = new WeakMap<Permit, { readonly model: Model; readonly price: Price | null }>();

/** By the dearest endpoint of the permit: a request that moves on to it has reserved enough. */
function mostCostIn(permit: Permit, model: Model, bound: TokenBound): Money {
  let known = dearest.get(permit);
  if (known?.model !== model) {
    const prices = permit.terms.endpoints.flatMap(({ id }) => model.servedBy.get(id)?.price ?? []);
    known = { model, price: dearestOf(prices) };
    dearest.set(permit, known);
  }
  return known.price === null ? 0n : mostCostOf(bound, known.price);
}
