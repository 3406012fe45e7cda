import type { RequestClaims } from "../../config/index.ts";
import type { Facts } from "../../law/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { headerOf } from "../exchange/request-headers.ts";
import { admit } from "./admit.ts";
import { classHeader, classify } from "./classify.ts";
import { factsOf, find, type Found, jurisdictionHeader, locate } from "./locate.ts";

/** Lets the caller in within its limits. Returns everything that a rule may look at, from headers alone. */
export function admitWithFacts(exchange: Exchange, caller: Caller): Facts {
  // Before the decision: else one key could fill the ledger with refusals faster than its limit.
  admit(exchange, caller);
  return factsOfRequest(exchange, caller);
}

export function factsOfRequest(exchange: Exchange, caller: Caller): Facts {
  const found = find(exchange);
  return exchange.inForce.kinds.factsOf(said(exchange, caller, found), () => {
    const claims = { places: locate(exchange, caller, found), classes: classify(exchange, caller) };
    return factsOf(exchange, caller, claims);
  });
}

/** All that is claimed of the subject, by whomever: for who keeps it for a later request of the same subject. */
export function claimsOfRequest(exchange: Exchange, caller: Caller): RequestClaims {
  return {
    subjects: locate(exchange, caller, find(exchange)),
    citizenships: caller.claims.citizenships,
    classes: classify(exchange, caller),
  };
}

/** INVARIANT: all that `locate`, `classify` and `factsOf` look at, beside what is in force; no two spell alike. */
function said({ head }: Exchange, { tenant, claims }: Caller, { host, address }: Found): string {
  const jurisdiction = headerOf(head, jurisdictionHeader);
  const dataClass = headerOf(head, classHeader);
  const credential = `${tenant.id}\n${claimsText(claims)}`;
  if (jurisdiction === null && dataClass === null && host.length === 0 && address.length === 0)
    return credential;
  return `${credential}\n${JSON.stringify([jurisdiction, dataClass, host, address])}`;
}

/** By the claims of a key, which all its requests share. */
const texts = new WeakMap<RequestClaims, string>();

function claimsText(claims: RequestClaims): string {
  const known = texts.get(claims);
  if (known !== undefined) return known;
  const text = JSON.stringify(claims);
  texts.set(claims, text);
  return text;
}
