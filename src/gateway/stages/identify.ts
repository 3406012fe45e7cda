import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Caller } from "../key-ring.ts";
import { headerOf } from "../request-headers.ts";

/** Who asks: the owner of the API key in `authorization: Bearer …` or `x-api-key`. */
export function identify({ cell, arrival: { request } }: Exchange): Caller {
  const bearer = bearerToken(headerOf(request, "authorization"));
  const apiKey = headerOf(request, "x-api-key");
  if (bearer !== null && apiKey !== null && bearer !== apiKey) {
    throw unauthenticated("`authorization` and `x-api-key` carry different keys; send one of them");
  }
  const secret = bearer ?? apiKey;
  if (secret === null)
    throw unauthenticated("no API key; send `authorization: Bearer sk-…` or `x-api-key: sk-…`");
  const caller = cell.keys.find(secret);
  if (!caller) throw unauthenticated("the API key is not known here");
  const { expiresAtMs } = caller.key;
  if (expiresAtMs !== null && cell.now() >= expiresAtMs) throw unauthenticated("the API key has expired");
  return caller;
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
function bearerToken(authorization: string | null): string | null {
  if (authorization === null) return null;
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated("`authorization` is not of the form `Bearer sk-…`");
  return token;
}

function unauthenticated(message: string): GatewayError {
  return new GatewayError("caller_unauthenticated", message, { headers: { "www-authenticate": "Bearer" } });
}
