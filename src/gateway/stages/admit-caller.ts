import type { Facts } from "../../law/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { admit } from "./admit.ts";
import { classify } from "./classify.ts";
import { factsOf, locate } from "./locate.ts";

/** Lets the caller in within its limits. Returns everything that a rule may look at, from headers alone. */
export function admitWithFacts(exchange: Exchange, caller: Caller): Facts {
  // Before the decision: else one key could fill the ledger with refusals faster than its limit.
  admit(exchange, caller);
  const claims = { places: locate(exchange, caller), classes: classify(exchange, caller) };
  return factsOf(exchange, caller, claims);
}
