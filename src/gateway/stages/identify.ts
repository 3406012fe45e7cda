import { keyClaims } from "../../config/index.ts";
import type { Caller } from "../caller.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { headerOf } from "../request-headers.ts";
import { tokenClaims } from "../token-claims.ts";
import { looksLikeToken } from "../token-text.ts";
import { TokenRefusedError } from "../token-verifier.ts";

/**
 * Who asks: the owner of the API key in `authorization: Bearer …` or `x-api-key`, or the tenant whose identity provider
 * signed the token in the former. One credential a request: of two nobody could say whose claims count.
 */
export async function identify(exchange: Exchange): Promise<Caller> {
  const { request } = exchange.arrival;
  const bearer = bearerToken(headerOf(request, "authorization"));
  const apiKey = headerOf(request, "x-api-key");
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

function byKey({ cell }: Exchange, apiKey: string): Caller | null {
  const holder = cell.keys.find(apiKey);
  if (!holder) return null;
  const { tenant, key } = holder;
  if (key.expiresAtMs !== null && cell.now() >= key.expiresAtMs) {
    throw unauthenticated("the API key has expired");
  }
  return { tenant, claims: keyClaims(key) };
}

async function byToken(exchange: Exchange, token: string): Promise<Caller> {
  const { cell } = exchange;
  const { tokens } = cell;
  const verified = await tokens.verify(token, cell.now()).catch((error: unknown) => {
    // RFC 6750 §3.1.
    if (error instanceof TokenRefusedError)
      throw unauthenticated(error.message, 'Bearer error="invalid_token"');
    throw error;
  });
  // A new policy came meanwhile: this tenant is the old one's, and the law that decides next is the new one's.
  if (cell.tokens !== tokens) return byToken(exchange, token);
  return { tenant: verified.tenant, claims: tokenClaims(verified) };
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
function bearerToken(authorization: string | null): string | null {
  if (authorization === null) return null;
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated("`authorization` is not of the form `Bearer sk-…`");
  return token;
}

function unauthenticated(message: string, challenge = "Bearer"): GatewayError {
  return new GatewayError("caller_unauthenticated", message, { headers: { "www-authenticate": challenge } });
}
