// One attempt at one endpoint of the permit, and what it shows.
import { elapsedMs, type EndpointId, type MonotonicMs } from "../../base/index.ts";
import { attemptFits } from "../../ledger/index.ts";
import { NotPermittedError, UpstreamError } from "../../providers/index.ts";
import {
  type EngineOperation,
  type RequestView,
  type Translation,
  translationFor,
} from "../../wire/index.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { OpenAttempt } from "../exchange/open-attempt.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import type { Room } from "../shared/loads.ts";
import { AttemptCall, type CallOptions } from "./attempt-call.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import type { AttemptEnding } from "./ending.ts";
import { EvidenceError, recordViolation } from "./evidence.ts";
import { AttemptError, type Failure, ofEvidence, ofUpstream, pastDeadline } from "./failure.ts";
import { noteFailure } from "./note-failure.ts";
import { beginSession } from "./session-call.ts";
import { OutrunError } from "./race.ts";
import { OvertakenError } from "./present-law.ts";

export type AttemptResult = AttemptEnd | NotBegun;

export type AttemptEnd =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Another one beside it had the answer. */
  | { readonly kind: "outrun" };

export type NotBegun =
  /** Became unavailable since it was picked, or its record would not fit into the outcome. */
  | { readonly kind: "skipped" }
  /** It has as many requests of the model as it takes. */
  | { readonly kind: "full" };

export interface AttemptOptions {
  readonly id: EndpointId;
  readonly ending: AttemptEnding;
  /** At the endpoint, where the request has waited for it. */
  readonly room: Room | null;
}

/** Throws only what ends the whole exchange, or its decision: see {@link OvertakenError}. */
export async function attempt(
  exchange: Exchange,
  request: DispatchRequest,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const begun = beginAttempt(exchange, request, options);
  return "kind" in begun ? begun : finishAttempt(exchange, request, begun);
}

/** Notes it and takes its place at the endpoint, in the turn in which it is called. Nothing is sent yet. */
export function beginAttempt(
  exchange: Exchange,
  request: DispatchRequest,
  { id, ending, room }: AttemptOptions,
): CallOptions | NotBegun {
  const { decision, model, caller } = request;
  const endpoint = decision.permit.endpoint(id);
  if (!endpoint) return { kind: "skipped" };
  const open = new OpenAttempt({ endpoint, model: loggableModel(model.servedBy.get(id)?.model) });
  const use = { model: model.alias, caller, room };
  const lease = fits(decision, open) ? exchange.cell.pool.lease(id, use) : null;
  if (!lease) return { kind: "skipped" };
  if (lease === "full") return { kind: "full" };
  exchange.onEnd(() => lease.end());
  decision.attempts.push(open);
  exchange.progress.attemptCount++;
  exchange.cell.retries.note(model.alias, decision.attempts.length === 1);
  return { id, ending, open, lease };
}

/** Throws what {@link attempt} throws. */
export async function finishAttempt(
  exchange: Exchange,
  request: DispatchRequest,
  begun: CallOptions,
): Promise<AttemptEnd> {
  const unwatch = request.law.watch(begun.open.endpoint, begun.ending.end);
  try {
    const answer = await call(exchange, request, begun);
    exchange.cell.meters.attempt(begun.id, "answered");
    return { kind: "answer", answer };
  } catch (error) {
    return fail(exchange, request, { ...begun, error });
  } finally {
    unwatch();
  }
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

interface Failed extends CallOptions {
  readonly error: unknown;
}

/** What the failure means for the endpoint, and for what to do next. Throws what is the request's own end. */
function fail(exchange: Exchange, request: DispatchRequest, failed: Failed): AttemptEnd {
  const { id, ending, open, lease, error } = failed;
  if (isOutrun(failed)) {
    open.noteFailure("outrun");
    exchange.cell.meters.attempt(id, "outrun");
    lease.end();
    return { kind: "outrun" };
  }
  if (isRejectionOfCaller(error)) {
    ending.win();
    exchange.progress.answering = open;
    open.noteFailure("rejected");
    throw error;
  }
  if (ending.reason instanceof OvertakenError || error instanceof NotPermittedError) {
    open.noteFailure("overtaken");
    lease.end();
    throw new OvertakenError();
  }
  if (exchange.stopReason !== null) {
    open.noteFailure("abandoned");
    exchange.throwIfStopped();
  }
  return { kind: "failed", failure: failureIn(exchange, request, failed) };
}

function failureIn(
  exchange: Exchange,
  { model, caller }: DispatchRequest,
  { ending, open, lease, error }: Failed,
): Failure {
  const hasRunOut = ending.reason !== null && !(ending.reason instanceof OutrunError);
  const failure = hasRunOut ? pastDeadline : failureOf(error);
  noteFailure(exchange, failure, { attempt: open, lease, model: model.alias, caller });
  lease.end();
  return failure;
}

/** What it failed by before another one had the answer stands, and so does its evidence. A refusal comes too late. */
function isOutrun({ ending, error }: Failed): boolean {
  return error instanceof OutrunError || (ending.reason instanceof OutrunError && isRejectionOfCaller(error));
}

function isRejectionOfCaller(error: unknown): boolean {
  return error instanceof GatewayError && error.type === "provider_rejected";
}

/**
 * The wish for token counts is ours and not the caller's, so nobody's request fails by it: an engine that refuses it is
 * asked without, at once, and from then on. It is believed to have refused only that where it answers then.
 */
function call(exchange: Exchange, request: DispatchRequest, options: CallOptions): Promise<Answer> {
  if (request.operation.body === "events") return callSession(exchange, request, options);
  if (request.view.usageWish === null) return callOnce(exchange, request, options);
  if (options.lease.refusesUsageWish()) return callOnce(exchange, withoutWish(request), options);
  return callWishing(exchange, request, options);
}

function withoutWish(request: DispatchRequest): DispatchRequest {
  return { ...request, view: { ...request.view, usageWish: null } };
}

async function callWishing(
  exchange: Exchange,
  request: DispatchRequest,
  options: CallOptions,
): Promise<Answer> {
  try {
    return await callOnce(exchange, request, options);
  } catch (error) {
    if (!isAboutUsageWish(error)) throw error;
    const answer = await callOnce(exchange, withoutWish(request), options);
    options.lease.noteRefusesUsageWish();
    return answer;
  }
}

function isAboutUsageWish(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.type !== "provider_rejected") return false;
  return /stream_options|include_usage/.test(`${error.param} ${error.message}`);
}

/** Throws AttemptError, UpstreamError or EvidenceError for what another endpoint may do better. */
async function callOnce(exchange: Exchange, request: DispatchRequest, options: CallOptions): Promise<Answer> {
  const { cell, inForce, arrival } = exchange;
  const { decision, view, model, law, operation } = request;
  const { id, open, ending, lease } = options;
  // DESIGN §1.3: durable before a byte leaves the cell. A crash after this line shows as a decision without outcome.
  if (!inForce.inCell.has(id)) await decision.ready;
  const engineModel = model.servedBy.get(id)?.model ?? view.model ?? "";
  const translation = translationTo(exchange, { id, operation, model: engineModel });
  const body = translation.request(view, engineModel);
  if (!body.ok)
    throw new GatewayError("caller_invalid_request", body.error.message, { param: body.error.param });
  const transfer = open.endpoint.isTransfer ? await decision.transfer(id) : null;
  ending.throwIfEnded();
  const sentAt = cell.monotonicNow();
  const waitMs = Math.max(0, Math.ceil(ending.leftMs)) + graceMs;
  const call = new AttemptCall(exchange, request, { ...options, translation });
  const answering = call.send({
    operation: translation.to,
    model: engineModel,
    body: body.value,
    isStream: view.wantsEvents,
    contentType: view.contentType ?? "application/json",
    accept: acceptedOf(operation, view),
    requestId: arrival.id,
    // To anybody but a peer it says nothing, and is none of their business.
    transferId: transfer?.peer ? transfer.xid : null,
    // The dispatch ends what waits for its answer, and its reader what has begun: an engine that has sent its head alone,
    // or spaces to keep a proxy awake, is still at work.
    headersTimeoutMs: waitMs,
    idleTimeoutMs: waitMs + cell.limits.idleTimeoutMs,
    maxEventBytes: cell.limits.maxEventBytes,
    mayGo: () => law.stillPermits(open.endpoint),
    onFirstByte: () => open.noteSent(),
  });
  try {
    const answer = await answering;
    ending.win();
    noteAnswer(exchange, request, { open, lease, sentAt });
    return answer;
  } catch (error) {
    // A violation is on record before anything else is done about it.
    await recordViolation(exchange, decision, error);
    if (error instanceof OutrunError) lease.observeSlowerThan(elapsedMs(sentAt, cell.monotonicNow()));
    throw error;
  }
}

/** Its handshake says which model it is for, and no more; all else of the caller's waits for the caller's own. */
async function callSession(
  exchange: Exchange,
  request: DispatchRequest,
  options: CallOptions,
): Promise<Answer> {
  const { cell, arrival } = exchange;
  const { decision, view, model, law, operation } = request;
  const { id, open, ending, lease } = options;
  await decision.ready;
  const transfer = open.endpoint.isTransfer ? await decision.transfer(id) : null;
  ending.throwIfEnded();
  const sentAt = cell.monotonicNow();
  const beginning = beginSession(exchange, request, {
    ...options,
    call: {
      operation: operation.name,
      model: model.servedBy.get(id)?.model ?? view.model ?? "",
      requestId: arrival.id,
      transferId: transfer?.peer ? transfer.xid : null,
      headersTimeoutMs: Math.max(0, Math.ceil(ending.leftMs)) + graceMs,
      maxEventBytes: cell.limits.maxEventBytes,
      stallMs: cell.limits.idleTimeoutMs,
      memory: cell.bytesInFlight,
      mayGo: () => law.stillPermits(open.endpoint) && !cell.pool.isQuarantined(id),
      onFirstByte: () => open.noteSent(),
    },
  });
  try {
    const answer = await beginning;
    ending.win();
    noteAnswer(exchange, request, { open, lease, sentAt });
    return answer;
  } catch (error) {
    await recordViolation(exchange, decision, error);
    throw error;
  }
}

function acceptedOf({ answersAnyMedia }: EngineOperation, { wantsEvents }: RequestView): string {
  if (wantsEvents) return "text/event-stream";
  return answersAnyMedia ? "*/*" : "application/json";
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

interface AskedEngine {
  readonly id: EndpointId;
  readonly operation: EngineOperation;
  /** Its name for the model. */
  readonly model: string;
}

/** The decision names only endpoints that have one. */
function translationTo({ inForce }: Exchange, { id, operation, model }: AskedEngine): Translation {
  const spoken = inForce.upstreams.askedAs(id, operation.name, model);
  const translation = spoken && translationFor(operation.name, spoken);
  if (!translation) throw new TypeError(`endpoint \`${id}\` does not answer \`${operation.name}\``);
  return translation;
}

/** The deadline ends a call, and tells the caller so. */
const graceMs = 1_000;

function failureOf(error: unknown): Failure {
  if (error instanceof AttemptError) return error.failure;
  if (error instanceof EvidenceError) return ofEvidence(error.fault);
  if (error instanceof UpstreamError) return ofUpstream(error);
  throw error;
}

/** A policy may call an upstream's model by any text; the ledger takes names only. */
function loggableModel(name: string | undefined): string | null {
  return name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/.test(name) ? name : null;
}
