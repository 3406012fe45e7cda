// One call to one endpoint, and what it shows.
import { elapsedMs, type EndpointId, type MonotonicMs } from "../../base/index.ts";
import type { Model } from "../../config/index.ts";
import { attemptFits } from "../../ledger/index.ts";
import { NotPermittedError, type UpstreamAnswer, UpstreamError } from "../../providers/index.ts";
import type { Ranking } from "../../routing/index.ts";
import {
  type AnswerTranslator,
  type EngineOperation,
  readEngineError,
  readEngineErrorBody,
  type RequestView,
  type Translation,
  translationFor,
} from "../../wire/index.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import { OpenAttempt } from "../exchange/open-attempt.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import type { Room } from "../shared/loads.ts";
import type { Lease } from "../shared/pool.ts";
import { AttemptWatch } from "./attempt-watch.ts";
import { checkEvidence } from "./evidence.ts";
import {
  answeredWith,
  AttemptError,
  type Failure,
  judge,
  ofEvidence,
  ofUpstream,
  pastDeadline,
} from "./failure.ts";
import { noteFailure } from "./note-failure.ts";
import { discard, readBody, readErrorBody, readEvents } from "./observe.ts";
import { OvertakenError, type PresentLaw } from "./present-law.ts";
import { streamedCall } from "./streamed-call.ts";

export interface DispatchRequest {
  readonly operation: EngineOperation;
  readonly model: Model;
  readonly ranking: Ranking;
  /** The credential that asks. */
  readonly caller: string;
  readonly view: RequestView;
  /** INVARIANT: its permit names endpoints of this cell only, all of which serve the model; nothing else is asked. */
  readonly decision: OpenDecision;
  readonly law: PresentLaw;
}

export type AttemptResult =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Became unavailable since it was picked, or its record would not fit into the outcome. */
  | { readonly kind: "skipped" }
  /** It has as many requests of the model as it takes. */
  | { readonly kind: "full" };

interface AttemptOptions {
  readonly id: EndpointId;
  /** Until the deadline of the whole dispatch. */
  readonly leftMs: number;
  /** Of the whole dispatch: what ends one attempt by it ends the others too. */
  readonly signal: AbortSignal;
  readonly abort: (reason: OvertakenError) => void;
  /** At the endpoint, where the request has waited for it. */
  readonly room: Room | null;
}

/** Throws only what ends the whole exchange, or its decision: see {@link OvertakenError}. */
export async function attempt(
  exchange: Exchange,
  request: DispatchRequest,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const { decision } = request;
  const endpoint = decision.permit.endpoint(options.id);
  if (!endpoint) return { kind: "skipped" };
  const open = new OpenAttempt({
    endpoint,
    model: loggableModel(request.model.servedBy.get(options.id)?.model),
  });
  const { model, caller } = request;
  const use = { model: model.alias, caller, room: options.room };
  const lease = fits(decision, open) ? exchange.cell.pool.lease(options.id, use) : null;
  if (!lease) return { kind: "skipped" };
  if (lease === "full") return { kind: "full" };
  exchange.onEnd(() => lease.end());
  decision.attempts.push(open);
  exchange.progress.attemptCount++;
  exchange.cell.retries.note(model.alias, decision.attempts.length === 1);
  const unwatch = request.law.watch(endpoint, options.abort);
  const watch = watchOver(exchange, request, options);
  exchange.onEnd(() => watch.release());
  try {
    const answer = await call(exchange, request, { ...options, open, lease, watch });
    exchange.cell.meters.attempt(options.id, "answered");
    return { kind: "answer", answer };
  } catch (error) {
    return {
      kind: "failed",
      failure: fail(exchange, request, { ...options, open, lease, watch, error }),
    };
  } finally {
    watch.hasBegun();
    unwatch();
  }
}

function watchOver(
  { cell, inForce }: Exchange,
  { view }: DispatchRequest,
  { id, signal }: AttemptOptions,
): AttemptWatch {
  const { firstTokenTimeoutMs, deadlineMs } = cell.limits;
  return new AttemptWatch({
    outer: signal,
    firstTokenMs: view.wantsEvents ? firstTokenTimeoutMs : null,
    deadlineMs,
    isSilent: (probing) => inForce.upstreams.isSilent(id, probing),
  });
}

/** What could not be recorded is not done. One attempt always fits; to measure more takes longer than to pick. */
function fits({ attempts }: OpenDecision, next: OpenAttempt): boolean {
  return (
    attempts.length === 0 ||
    attemptFits(
      attempts.map(({ record }) => record),
      next.record,
    )
  );
}

interface CallOptions extends AttemptOptions {
  readonly open: OpenAttempt;
  readonly lease: Lease;
  readonly watch: AttemptWatch;
}

interface Failed extends CallOptions {
  readonly error: unknown;
}

/** What the failure means for the endpoint, and for what to do next. Throws what is the request's own end. */
function fail(
  exchange: Exchange,
  { model, caller }: DispatchRequest,
  { signal, open, lease, watch, error }: Failed,
): Failure {
  if (isRejectionOfCaller(error)) {
    exchange.progress.answering = open;
    open.noteFailure("rejected");
    throw error;
  }
  if (signal.reason instanceof OvertakenError || error instanceof NotPermittedError) {
    open.noteFailure("overtaken");
    lease.end();
    throw new OvertakenError();
  }
  if (exchange.stopReason !== null) {
    open.noteFailure("abandoned");
    exchange.throwIfStopped();
  }
  const failure = signal.aborted ? pastDeadline : (watch.failure ?? failureOf(error));
  noteFailure(exchange, failure, { attempt: open, lease, model: model.alias, caller });
  lease.end();
  return failure;
}

function isRejectionOfCaller(error: unknown): boolean {
  return error instanceof GatewayError && error.type === "provider_rejected";
}

/**
 * The wish for token counts is ours and not the caller's, so nobody's request fails by it: an engine that refuses it is
 * asked without, at once, and from then on. It is believed to have refused only that where it answers then.
 */
async function call(exchange: Exchange, request: DispatchRequest, options: CallOptions): Promise<Answer> {
  const { lease } = options;
  const { view } = request;
  const plain = { ...request, view: { ...view, usageWish: null } };
  if (view.usageWish === null || lease.refusesUsageWish()) return callOnce(exchange, plain, options);
  try {
    return await callOnce(exchange, request, options);
  } catch (error) {
    if (!isAboutUsageWish(error)) throw error;
    const answer = await callOnce(exchange, plain, options);
    lease.noteRefusesUsageWish();
    return answer;
  }
}

function isAboutUsageWish(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.type !== "provider_rejected") return false;
  return /stream_options|include_usage/.test(`${error.param} ${error.message}`);
}

/** Throws AttemptError or UpstreamError for what another endpoint may do better. */
async function callOnce(exchange: Exchange, request: DispatchRequest, options: CallOptions): Promise<Answer> {
  const { cell, inForce } = exchange;
  const { open, lease, signal, watch } = options;
  // DESIGN §1.3: durable before a byte leaves the cell. A crash after this line shows as a decision without outcome.
  if (!inForce.inCell.has(open.endpoint.id)) await request.decision.ready;
  signal.throwIfAborted();
  const sentAt = cell.monotonicNow();
  const { upstream, translation } = await send(exchange, request, options);
  // Before the status: an error from the wrong place has had the request there too.
  await refuseEvidence(exchange, request, { open, upstream, body: null, isFinal: false });
  const arrived = { open, upstream, translation, lease, watch };
  await checkStatus(exchange, arrived);
  const answer = request.view.wantsEvents
    ? await beginStream(exchange, request, arrived)
    : await takeWhole(exchange, request, arrived);
  noteAnswer(exchange, request, { open, lease, sentAt });
  return answer;
}

function noteAnswer(
  { cell, progress }: Exchange,
  { caller, view }: DispatchRequest,
  { open, lease, sentAt }: Pick<CallOptions, "open" | "lease"> & { readonly sentAt: MonotonicMs },
): void {
  const now = cell.monotonicNow();
  progress.answering = open;
  progress.firstChunkAt = now;
  lease.show({ kind: "answered", caller }, { kind: "answered" });
  lease.observeLatency(elapsedMs(sentAt, now), view.wantsEvents);
}

interface Sent {
  readonly upstream: UpstreamAnswer;
  readonly translation: Translation;
}

async function send(exchange: Exchange, request: DispatchRequest, options: CallOptions): Promise<Sent> {
  const { cell, arrival, inForce } = exchange;
  const { view, model, decision, operation, law } = request;
  const { open, id } = options;
  const translation = translationTo(exchange, id, operation);
  const body = translation.request(view, model.servedBy.get(id)?.model ?? view.model ?? "");
  if (!body.ok)
    throw new GatewayError("caller_invalid_request", body.error.message, { param: body.error.param });
  const waitMs = Math.max(0, Math.ceil(options.leftMs)) + graceMs;
  const transfer = open.endpoint.isTransfer ? await decision.transfer(id) : null;
  const upstream = await inForce.upstreams.send(decision.permit, id, {
    operation: operation.name,
    body: body.value,
    isStream: view.wantsEvents,
    requestId: arrival.id,
    // To anybody but a peer it says nothing, and is none of their business.
    transferId: transfer?.peer ? transfer.xid : null,
    signal: options.watch.signal,
    // The dispatch ends what waits for its answer, and observe.ts what has begun: an engine that has sent its head alone,
    // or spaces to keep a proxy awake, is still at work.
    headersTimeoutMs: waitMs,
    idleTimeoutMs: waitMs + cell.limits.idleTimeoutMs,
    mayGo: () => law.stillPermits(open.endpoint),
    onFirstByte: () => open.noteSent(),
  });
  return { upstream, translation };
}

/** The decision names only endpoints that have one. */
function translationTo({ inForce }: Exchange, id: EndpointId, { name }: EngineOperation): Translation {
  const spoken = inForce.upstreams.speaks(id, name);
  const translation = spoken && translationFor(name, spoken);
  if (!translation) throw new TypeError(`endpoint \`${id}\` does not answer \`${name}\``);
  return translation;
}

/** The deadline ends a call, and tells the caller so. */
const graceMs = 1_000;

async function checkStatus({ cell }: Exchange, { upstream, lease, watch }: Arrived): Promise<void> {
  const { status, body } = upstream;
  if (status >= 200 && status < 300) return;
  const error = readEngineErrorBody(await readErrorBody(body, watch, cell.limits.idleTimeoutMs));
  throw errorOf(judge(answeredWith(upstream, error, cell.now())), lease);
}

/** A refusal of the caller's own request ends the exchange: the other endpoints would refuse it too. */
function errorOf(judged: ReturnType<typeof judge>, lease: Lease): Error {
  if ("failure" in judged) return new AttemptError(judged.failure);
  lease.show({ kind: "no-verdict" }, { kind: "answered" });
  return judged.rejection;
}

interface Arrived extends Sent {
  readonly open: OpenAttempt;
  readonly lease: Lease;
  readonly watch: AttemptWatch;
}

interface Shown extends Pick<Arrived, "open" | "upstream"> {
  readonly body: unknown;
  readonly isFinal: boolean;
}

async function refuseEvidence(
  exchange: Exchange,
  { decision }: DispatchRequest,
  { open, upstream, body, isFinal }: Shown,
): Promise<void> {
  const shown = { attempt: open, headers: upstream.headers, body, isFinal };
  const fault = await checkEvidence(exchange, decision, shown);
  if (!fault) return;
  await discard(upstream.body);
  throw new AttemptError(ofEvidence(fault));
}

async function beginStream(exchange: Exchange, request: DispatchRequest, arrived: Arrived): Promise<Answer> {
  const { open, upstream, translation, lease, watch } = arrived;
  const translator = translation.answer(request.view);
  if (/^application\/json\b/i.test(upstream.headers["content-type"] ?? "")) {
    await readWhole(exchange, translator, arrived);
    throw new UpstreamError("garbage");
  }
  const { limits, monotonicNow: now } = exchange.cell;
  const rest = readEvents(upstream.body, watch, { ...limits, now });
  const [event, ...beside] = (await rest.next()).value ?? [];
  if (!event) throw new UpstreamError("broken");
  const first = translator.push(event);
  if (!first.ok || translator.isClosed) {
    await rest.return();
    throw !first.ok && first.error === "error" ? saidError(translator, lease) : new UpstreamError("garbage");
  }
  watch.hasBegun();
  await refuseEvidence(exchange, request, { open, upstream, body: translator.facts.body, isFinal: false });
  const begun = { attempt: open, lease, model: request.model.alias, caller: request.caller, watch, rest };
  const call = streamedCall(exchange, begun);
  const { headers } = upstream;
  return { kind: "streamed", attempt: open, headers, call, translator, first: first.value, beside, rest };
}

/** An error under status 200. */
function saidError({ facts }: AnswerTranslator, lease: Lease): Error {
  return errorOf(judge({ status: null, error: readEngineError(facts.body), retryAfterMs: null }), lease);
}

async function takeWhole(exchange: Exchange, request: DispatchRequest, arrived: Arrived): Promise<Answer> {
  const { open, upstream, translation } = arrived;
  const translator = translation.answer(request.view);
  const body = await readWhole(exchange, translator, arrived);
  await refuseEvidence(exchange, request, { open, upstream, body: translator.facts.body, isFinal: true });
  open.noteUsage(translator.facts.usage);
  return { kind: "whole", attempt: open, body };
}

/** Throws the error that it is, if it is one. */
async function readWhole(
  exchange: Exchange,
  translator: AnswerTranslator,
  { upstream, lease, watch }: Arrived,
): Promise<Uint8Array> {
  const { maxAnswerBytes: maxBytes, idleTimeoutMs } = exchange.cell.limits;
  const hold = (bytes: number): void => holdBytes(exchange, bytes);
  const body = translator.whole(await readBody(upstream.body, watch, { maxBytes, idleTimeoutMs, hold }));
  if (!body.ok) throw body.error === "error" ? saidError(translator, lease) : new UpstreamError("garbage");
  return body.value;
}

function failureOf(error: unknown): Failure {
  if (error instanceof AttemptError) return error.failure;
  if (error instanceof UpstreamError) return ofUpstream(error);
  throw error;
}

/** A policy may call an upstream's model by any text; the ledger takes names only. */
function loggableModel(name: string | undefined): string | null {
  return name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/.test(name) ? name : null;
}
