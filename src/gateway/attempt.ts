// One call to one endpoint, and what it shows.
import type { EndpointId } from "../base/index.ts";
import type { Model } from "../config/index.ts";
import type { PermittedEndpoint } from "../law/index.ts";
import type { Ranking } from "../routing/index.ts";
import { NotPermittedError, type UpstreamAnswer, UpstreamError } from "../providers/index.ts";
import { type ChatRequest, rewriteModel } from "../wire/index.ts";
import type { Answer } from "./answer.ts";
import type { Docket, RecordedTransfer } from "./docket.ts";
import { checkEvidence, forgetEvidence, type Observed } from "./evidence.ts";
import type { Exchange } from "./exchange.ts";
import { AttemptError, type Failure, ofEvidence, ofStatus, ofUpstream, pastDeadline } from "./failure.ts";
import { GatewayError } from "./gateway-error.ts";
import { discard, readAnswer, readBody, readChunks } from "./observe.ts";
import type { Lease } from "./pool.ts";
import { isRejection, providerRejected } from "./rejection.ts";

export interface Order {
  readonly model: Model;
  readonly ranking: Ranking;
  readonly chat: ChatRequest;
  /** INVARIANT: its permit names endpoints of this cell only, all of which serve the model; nothing else is asked. */
  readonly docket: Docket;
}

export type Attempt =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Became unavailable since it was picked. */
  | { readonly kind: "skipped" };

interface AttemptOptions {
  readonly id: EndpointId;
  /** Until the answer's headers. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/** Throws only what ends the whole exchange: its own end, or an error that is the caller's. */
export async function attempt(exchange: Exchange, order: Order, options: AttemptOptions): Promise<Attempt> {
  const endpoint = order.docket.permit.endpoint(options.id);
  const lease = endpoint && exchange.cell.pool.lease(options.id);
  if (!endpoint || !lease) return { kind: "skipped" };
  exchange.onEnd(() => lease.end());
  try {
    return { kind: "answer", answer: await call(exchange, order, { ...options, endpoint, lease }) };
  } catch (error) {
    exchange.throwIfStopped();
    const failure = options.signal.aborted ? pastDeadline : failureOf(error);
    lease.signal(failure.signal);
    lease.end();
    forgetEvidence(exchange);
    return { kind: "failed", failure };
  }
}

interface CallOptions extends AttemptOptions {
  readonly endpoint: PermittedEndpoint;
  readonly lease: Lease;
}

/** Throws AttemptError or UpstreamError for what another endpoint may do better. */
async function call(exchange: Exchange, order: Order, options: CallOptions): Promise<Answer> {
  const { cell } = exchange;
  const { endpoint, lease } = options;
  // DESIGN §1.3: durable before a byte leaves the cell. A crash after this line shows as a decision without outcome.
  if (!cell.insiders.has(endpoint.id)) await order.docket.ready;
  const transfer = endpoint.isTransfer ? await order.docket.transfer(endpoint.id) : null;
  const sentAtMs = cell.now();
  const upstream = await send(exchange, order, { ...options, transfer });
  // Before the status: an error from the wrong place has had the request there too.
  await refuseEvidence(exchange, order, { endpoint, upstream, body: null, isFinal: false });
  await checkStatus(exchange, upstream, lease);
  const answer = order.chat.isStream
    ? await beginStream(exchange, order, { endpoint, upstream })
    : await takeWhole(exchange, order, { endpoint, upstream });
  exchange.progress.firstChunkAtMs = cell.now();
  lease.signal({ kind: "answered" });
  lease.observeLatency(cell.now() - sentAtMs);
  return answer;
}

interface SendOptions extends CallOptions {
  readonly transfer: RecordedTransfer | null;
}

async function send(exchange: Exchange, order: Order, options: SendOptions): Promise<UpstreamAnswer> {
  const { cell, arrival } = exchange;
  const { chat, model, docket } = order;
  // A legal event since the decision: what the permit says is not the law any more, not even for a retry.
  if (docket.permit.terms.policyHash !== cell.policy.law.hash) throw lawChanged();
  try {
    return await cell.upstreams.send(docket.permit, options.id, {
      path: "/v1/chat/completions",
      body: rewriteModel(chat, model.servedBy.get(options.id) ?? chat.model),
      isStream: chat.isStream,
      requestId: arrival.id,
      // To anybody but a peer it says nothing, and is none of their business.
      transferId: options.transfer?.peer ? options.transfer.xid : null,
      signal: options.signal,
      headersTimeoutMs: options.budgetMs,
      idleTimeoutMs: cell.limits.idleTimeoutMs,
    });
  } catch (error) {
    if (!(error instanceof NotPermittedError)) throw error;
    // The permit ran out while the request was under way.
    throw lawChanged();
  }
}

/** A new request gets a new decision. */
function lawChanged(): GatewayError {
  return new GatewayError(
    "policy_region_unavailable",
    "the law changed while the request waited; send it again",
  );
}

/** A refusal of the caller's own request ends the exchange: the other endpoints would refuse it too. */
async function checkStatus(
  { cell }: Exchange,
  { status, headers, body }: UpstreamAnswer,
  lease: Lease,
): Promise<void> {
  if (status === 200) return;
  if (isRejection(status)) {
    lease.signal({ kind: "answered" });
    throw providerRejected(await readBody(body));
  }
  await discard(body);
  throw new AttemptError(ofStatus(status, headers, cell.now()));
}

interface Arrived {
  readonly endpoint: PermittedEndpoint;
  readonly upstream: UpstreamAnswer;
}

type Shown = Arrived & Pick<Observed, "body" | "isFinal">;

async function refuseEvidence(exchange: Exchange, { docket, model }: Order, shown: Shown): Promise<void> {
  const { endpoint, upstream, body, isFinal } = shown;
  const observed = { endpoint, model, headers: upstream.headers, body, isFinal };
  const fault = await checkEvidence(exchange, docket, observed);
  if (!fault) return;
  await discard(upstream.body);
  throw new AttemptError(ofEvidence(fault));
}

async function beginStream(
  exchange: Exchange,
  order: Order,
  { endpoint, upstream }: Arrived,
): Promise<Answer> {
  const rest = readChunks(upstream.body);
  const { value: first } = await rest.next();
  if (first?.chunk.kind !== "answer") {
    await rest.return();
    throw new UpstreamError("garbage");
  }
  await refuseEvidence(exchange, order, { endpoint, upstream, body: first.chunk.body, isFinal: false });
  return { kind: "streamed", endpoint, model: order.model, headers: upstream.headers, first, rest };
}

async function takeWhole(exchange: Exchange, order: Order, { endpoint, upstream }: Arrived): Promise<Answer> {
  const body = await readBody(upstream.body);
  const answer = readAnswer(body);
  if (answer.kind !== "answer") throw new UpstreamError("garbage");
  await refuseEvidence(exchange, order, { endpoint, upstream, body: answer.body, isFinal: true });
  exchange.progress.tokens = answer.usage;
  return { kind: "whole", endpoint, body };
}

function failureOf(error: unknown): Failure {
  if (error instanceof AttemptError) return error.failure;
  if (error instanceof UpstreamError) return ofUpstream(error);
  throw error;
}
