import type { InstantMs } from "../../base/index.ts";
import { joinRequestClaims, type RequestClaims, type Tenant } from "../../config/index.ts";
import { lowerPriority } from "../../routing/index.ts";
import type { Proof } from "../certificates/client-certificate.ts";
import { protocolsIn } from "../../websocket/index.ts";
import { checkTransfer } from "./imported.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Soon, Submitter } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { headerOf } from "../exchange/request-headers.ts";
import { tokenClaims } from "./token-claims.ts";
import type { KeyHolder } from "../in-force/key-ring.ts";
import { looksLikeToken } from "../in-force/token-text.ts";
import { KeySetMissingError, TokenRefusedError } from "../in-force/token-verifier.ts";

/**
 * Who asks: the owner of the API key in `authorization: Bearer …`, `x-api-key` or `api-key`, the tenant whose identity provider signed
 * the token in the former, or the owner of the connection's certificate. With a certificate, a key or token may come too,
 * of the same tenant; of two secrets nobody could say which one counts.
 */
export function identify(exchange: Exchange): Soon<Caller> {
  const { submitter } = exchange.arrival.channel;
  if (submitter) return submittedBy(exchange, submitter);
  const { certificate } = exchange.head;
  const workload = certificate && byCertificate(exchange, certificate);
  const secret = secretOf(exchange);
  const holder = secret && bySecret(exchange, secret);
  if (holder instanceof Promise) return holder.then((known) => oneOf(exchange, workload, known));
  return oneOf(exchange, workload, holder);
}

function oneOf(exchange: Exchange, workload: Caller | null, holder: Caller | null): Caller {
  const caller = workload && holder ? both(workload, holder) : (workload ?? holder);
  if (!caller)
    throw unauthenticated(
      "no API key; send `authorization: Bearer sk-…`, `x-api-key: sk-…` or `api-key: sk-…`",
    );
  checkTransfer(exchange, caller);
  return caller;
}

/**
 * By the policy of now: whose tenant is gone from it, or one of whose credentials, asks for nothing any more. Of a token all
 * was proved when it was shown; that it has expired since is no objection. Whoever asks now is served before.
 */
function submittedBy(exchange: Exchange, { tenant: id, credentials, claims: said }: Submitter): Caller {
  const tenant = exchange.inForce.policy.tenants.get(id);
  if (!tenant) throw unauthenticated("the tenant is not known here any more");
  let claims = said;
  let limits: Caller["limits"] = [];
  for (const credential of credentials) {
    const holder = holderOf(exchange, tenant, credential);
    limits = bothLimits(limits, holder?.key.limits ?? tenant.limits);
    if (holder) claims = joined(claims, holder.claims);
  }
  return { tenant, claims, limits, priority: "low", peer: null, credentials, expiresAtMs: null };
}

/** Null for a token, which the policy does not name. */
function holderOf(exchange: Exchange, tenant: Tenant, credential: string): KeyHolder | null {
  if (credential.startsWith("token ")) {
    if (tenant.tokens !== null) return null;
    throw unauthenticated("tokens of this tenant are not taken any more");
  }
  const holder = exchange.inForce.keys.findCredential(credential);
  if (holder?.tenant !== tenant) throw unauthenticated("the key is not known here any more");
  requireUnexpired(exchange, holder);
  return holder;
}

/** One value for all lines of a batch, by which their kind is known. */
const joins = new WeakMap<RequestClaims, WeakMap<RequestClaims, RequestClaims>>();

function joined(left: RequestClaims, right: RequestClaims): RequestClaims {
  const ofLeft = joins.get(left) ?? new WeakMap<RequestClaims, RequestClaims>();
  const known = ofLeft.get(right) ?? joinRequestClaims(left, right);
  joins.set(left, ofLeft.set(right, known));
  return known;
}

/** Of OpenAI's (developers.openai.com/api/docs/guides/realtime-websocket). What follows it is the key. */
const keyProtocol = "openai-insecure-api-key.";

interface Secret {
  readonly text: string;
  readonly mayBeToken: boolean;
}

function secretOf({ head }: Exchange): Secret | null {
  const bearer = bearerToken(headerOf(head, "authorization"));
  // Anthropic's clients send the former, Azure's the latter, and pages that open a WebSocket, which may set no header, neither.
  const keys = ["x-api-key", "api-key"].map((name) => headerOf(head, name));
  for (const name of protocolsIn(head.headers))
    if (name.startsWith(keyProtocol)) keys.push(name.slice(keyProtocol.length));
  const [text = null, ...others] = new Set([bearer, ...keys].filter((said) => said !== null));
  if (others.length > 0) {
    throw unauthenticated(
      "`authorization`, `x-api-key` and `api-key` carry different credentials; send one of them",
    );
  }
  return text === null ? null : { text, mayBeToken: bearer !== null && looksLikeToken(bearer) };
}

function bySecret(exchange: Exchange, { text, mayBeToken }: Secret): Soon<Caller> {
  const holder = exchange.inForce.keys.find(text);
  if (holder) return callerBy(exchange, holder, `key ${holder.key.sha256}`);
  if (mayBeToken) return byToken(exchange, text);
  throw unauthenticated("the API key is not known here");
}

function byCertificate(exchange: Exchange, proof: Proof): Caller {
  if (!proof.ok) throw unauthenticated(proof.error);
  const holder = exchange.inForce.keys.findWorkload(proof.value);
  if (!holder) throw unauthenticated("the SPIFFE ID of the client certificate is not known here");
  return callerBy(exchange, holder, `certificate ${proof.value.text}`);
}

function callerBy(exchange: Exchange, holder: KeyHolder, credential: string): Caller {
  requireUnexpired(exchange, holder);
  const { tenant, key, claims } = holder;
  // A key of this very cell makes nobody another cell.
  const peer = key.peer === exchange.cell.cell ? null : key.peer;
  const { limits, priority, expiresAtMs } = key;
  return { tenant, claims, limits, priority, peer, credentials: [credential], expiresAtMs };
}

function requireUnexpired({ cell }: Exchange, { key }: KeyHolder): void {
  if (key.expiresAtMs === null || cell.now() < key.expiresAtMs) return;
  throw unauthenticated(`the ${key.sha256 === null ? "client certificate's key" : "API key"} has expired`);
}

/** Whatever one of the two says more narrows: their claims add up, the limits of both hold, and so does the lower priority. */
function both(workload: Caller, holder: Caller): Caller {
  if (workload.tenant.id !== holder.tenant.id) {
    throw unauthenticated("the client certificate and the key or token are of different tenants");
  }
  return {
    tenant: workload.tenant,
    claims: joinRequestClaims(workload.claims, holder.claims),
    limits: bothLimits(workload.limits, holder.limits),
    priority: lowerPriority(workload.priority, holder.priority),
    peer: workload.peer === holder.peer ? workload.peer : null,
    credentials: [...workload.credentials, ...holder.credentials],
    expiresAtMs: earlier(workload.expiresAtMs, holder.expiresAtMs),
  };
}

function earlier(left: InstantMs | null, right: InstantMs | null): InstantMs | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}

/** A level that stands in both is passed once. */
function bothLimits(left: Caller["limits"], right: Caller["limits"]): Caller["limits"] {
  return Array.from(new Map([...left, ...right].map((level) => [level.id, level])).values());
}

async function byToken(exchange: Exchange, token: string): Promise<Caller> {
  const { cell, inForce } = exchange;
  const verified = await inForce.tokens.verify(token, cell.now()).catch((error: unknown) => {
    // RFC 6750 §3.1.
    if (error instanceof TokenRefusedError)
      throw unauthenticated(error.message, 'Bearer error="invalid_token"');
    if (error instanceof KeySetMissingError) throw keysMissing();
    throw error;
  });
  const { tenant, payload } = verified;
  const credentials = [`token ${tenant.id} ${payload.sub ?? ""}`] as const;
  const { limits, priority } = tenant;
  const expiresAtMs = payload.exp === undefined ? null : payload.exp * 1_000;
  return { tenant, claims: tokenClaims(verified), limits, priority, peer: null, credentials, expiresAtMs };
}

function keysMissing(): GatewayError {
  return new GatewayError(
    "gateway_identity_unavailable",
    "the keys of the token's issuer cannot be fetched, and there are none that are young enough; try again later, or send an API key",
    { retryAfterMs: 30_000 },
  );
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
