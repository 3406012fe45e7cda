import type { Facts } from "../../law/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { identify } from "../identify/identify.ts";
import { admit } from "./admit.ts";
import { classify } from "./classify.ts";
import { factsOf, locate } from "./locate.ts";

interface Admitted {
  readonly caller: Caller;
  readonly facts: Facts;
}

/** Who asks, within its limits, and everything that a rule may look at; from headers alone. */
export async function admitCaller(exchange: Exchange): Promise<Admitted> {
  const caller = await identify(exchange);
  // Before the decision: else one key could fill the ledger with refusals faster than its limit.
  admit(exchange, caller);
  const claims = { places: locate(exchange, caller), classes: classify(exchange, caller) };
  return { caller, facts: factsOf(exchange, caller, claims) };
}
