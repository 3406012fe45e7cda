import { checkTransfer } from "./imported.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Soon } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { headerOf } from "../exchange/request-headers.ts";
import { tokenClaims } from "./token-claims.ts";
import { looksLikeToken } from "../in-force/token-text.ts";
import { TokenRefusedError } from "../in-force/token-verifier.ts";

/**
 * Who asks: the owner of the API key in `authorization: Bearer …` or `x-api-key`, or the tenant whose identity provider
 * signed the token in the former. One credential a request: of two nobody could say whose claims count.
 */
export function identify(exchange: Exchange): Soon<Caller> {
  const caller = callerOf(exchange);
  if (!(caller instanceof Promise)) checkTransfer(exchange, caller);
  return caller;
}

function callerOf(exchange: Exchange): Soon<Caller> {
  const { head } = exchange;
  const bearer = bearerToken(headerOf(head, "authorization"));
  const apiKey = headerOf(head, "x-api-key");
  if (bearer !== null && apiKey !== null && bearer !== apiKey) {
    throw unauthenticated("`authorization` and `x-api-key` carry different credentials; send one of them");
  }
  const secret = bearer ?? apiKey;
  if (secret === null)
    throw unauthenticated("no API key; send `authorization: Bearer sk-…` or `x-api-key: sk-…`");
  const holder = byKey(exchange, secret);
  if (holder) return holder;
  if (bearer !== null && looksLikeToken(bearer)) return byToken(exchange, bearer);
  throw unauthenticated("the API key is not known here");
}

function byKey({ cell, inForce }: Exchange, apiKey: string): Caller | null {
  const holder = inForce.keys.find(apiKey);
  if (!holder) return null;
  const { tenant, key, claims } = holder;
  if (key.expiresAtMs !== null && cell.now() >= key.expiresAtMs) {
    throw unauthenticated("the API key has expired");
  }
  // A key of this very cell makes nobody another cell.
  const peer = key.peer === cell.cell ? null : key.peer;
  const { limits } = key;
  return { tenant, claims, limits, peer, credential: `key ${key.sha256}` };
}

async function byToken(exchange: Exchange, token: string): Promise<Caller> {
  const { cell, inForce } = exchange;
  const verified = await inForce.tokens.verify(token, cell.now()).catch((error: unknown) => {
    // RFC 6750 §3.1.
    if (error instanceof TokenRefusedError)
      throw unauthenticated(error.message, 'Bearer error="invalid_token"');
    throw error;
  });
  const { tenant, payload } = verified;
  const credential = `token ${tenant.id} ${payload.sub ?? ""}`;
  const { limits } = tenant;
  const caller = { tenant, claims: tokenClaims(verified), limits, peer: null, credential };
  checkTransfer(exchange, caller);
  return caller;
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
function bearerToken(authorization: string | null): string | null {
  if (authorization === null) return null;
  if (/^bearer *$/i.test(authorization)) {
    throw unauthenticated("the `Bearer` value of `authorization` is empty; is the variable set?");
  }
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated("`authorization` is not of the form `Bearer sk-…`");
  return token;
}

function unauthenticated(message: string, challenge = "Bearer"): GatewayError {
  return new GatewayError("caller_unauthenticated", message, { headers: { "www-authenticate": challenge } });
}
