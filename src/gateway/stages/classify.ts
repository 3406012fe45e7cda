import { claimed } from "../../config/index.ts";
import type { Claim, DataClass } from "../../law/index.ts";
import type { Caller } from "../exchange/caller.ts";
import { contradictionIn, parseDataClass } from "../identify/data-class.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { invalidSignal, readSignals } from "../identify/signal-list.ts";

export const classHeader = "bailiwick-class";

/** What kind of data it is, by every claim beside the tenant's contract. A claim adds a class, it never takes one away. */
export function classify(exchange: Exchange, { claims }: Caller): readonly Claim<DataClass>[] {
  const fromHeader = readSignals(exchange, classHeader, parseDataClass);
  const contradiction = contradictionIn(fromHeader);
  if (contradiction !== null) throw invalidSignal(classHeader, contradiction);
  return [...claims.classes, ...claimed(fromHeader, "header")];
}
