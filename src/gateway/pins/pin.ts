// What a request builds on lies at one endpoint, and no other is asked for it (docs/decisions/0063).
import type { EndpointId, InstantMs } from "../../base/index.ts";
import type { Model } from "../../config/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import type { Reference, RequestView } from "../../wire/index.ts";
import type { Soon } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { Proofs } from "./proofs.ts";

/** INVARIANT: it only narrows. The endpoint is asked where the permit names it, and nobody is where it does not. */
export interface Pin {
  readonly endpoint: EndpointId;
  /** The first of those that pin the request, for `param`. */
  readonly member: string;
}

export interface PinnedRequest {
  readonly view: RequestView;
  readonly model: Model;
  /** The subject's key of the month in which `atMs` lies; null where there is none, or none any more. */
  readonly keyAt: (atMs: InstantMs) => Promise<SubjectKey | null>;
}

/** A provider keeps for a month; what is encrypted is in its caller's hands for longer. It bounds how many keys a request asks for. */
const longestMs = 366 * 24 * 60 * 60 * 1000;

/**
 * Null where nothing pins the request. A mark is checked whatever the model; without one a reference passes where there is no
 * second endpoint that could be asked for it. Throws for whatever this caller was not given here.
 */
export function pinOf(exchange: Exchange, request: PinnedRequest): Soon<Pin | null> {
  const { view, model } = request;
  const several = model.servedBy.size > 1;
  const pinning = (view.references ?? []).filter(({ mark }) => mark !== null || several);
  return pinning.length === 0 ? null : provenPin(exchange, request, pinning);
}

async function provenPin(
  { arrival }: Exchange,
  { model, keyAt }: PinnedRequest,
  references: readonly Reference[],
): Promise<Pin | null> {
  const proofs = new Map<string, Proofs | null>();
  let pin: Pin | null = null;
  for (const reference of references) {
    const { mark, member } = reference;
    if (mark === null) throw unknownReference(member);
    const atMs = Date.parse(`${mark.month}-01T00:00:00Z`);
    const isOfNow = atMs <= arrival.receivedAtMs && arrival.receivedAtMs < atMs + longestMs;
    if (isOfNow && !proofs.has(mark.month)) {
      const key = await keyAt(atMs);
      proofs.set(mark.month, key && new Proofs(key));
    }
    const endpoint = mark.endpoint as EndpointId;
    if (proofs.get(mark.month)?.isOf({ ...reference, endpoint }, mark.proof) !== true)
      throw unknownReference(member);
    pin ??= { endpoint, member };
    if (pin.endpoint !== endpoint) throw ofTwoEndpoints(pin, { endpoint, member });
  }
  if (pin !== null && !model.servedBy.has(pin.endpoint)) throw ofAnotherModel(pin, model);
  return pin;
}

/** What is forged, altered, another's, erased or never was is told in the same words: nobody learns which. */
function unknownReference(member: string): GatewayError {
  const message =
    `\`${member}\` is none that this cell has given, for this tenant and \`bailiwick-subject\`, ` +
    "to be used again; leave it out, and send what it stands for";
  return new GatewayError("caller_unknown_reference", message, { param: member });
}

function ofTwoEndpoints(first: Pin, { endpoint, member }: Pin): GatewayError {
  const message = `\`${member}\` came from \`${endpoint}\`, and \`${first.member}\` from \`${first.endpoint}\`; leave one of them out, for no endpoint has both`;
  return new GatewayError("caller_invalid_request", message, { param: member });
}

function ofAnotherModel({ endpoint, member }: Pin, { alias }: Model): GatewayError {
  const message = `\`${member}\` came from \`${endpoint}\`, which does not serve \`${alias}\`; ask the model that gave it, or leave it out`;
  return new GatewayError("caller_invalid_request", message, { param: member });
}

/** Why nobody answers, for a caller who must know that one endpoint alone could have. */
export function toldOfPin(error: GatewayError, pin: Pin | null): GatewayError {
  if (pin === null) return error;
  const { type, message, code, headers, retryAfterSeconds } = error;
  const told = `${message}; \`${pin.member}\` came from \`${pin.endpoint}\`, so no other is asked: leave it out, and send what it stands for`;
  const retryAfter = retryAfterSeconds === null ? {} : { retryAfterMs: retryAfterSeconds * 1_000 };
  return new GatewayError(type, told, { param: pin.member, code, headers, ...retryAfter });
}
