// One answer of a simulated engine: queue, prefill, decode, and the fault that may befall it.
import { elapsedMs, type MonotonicClock, type MonotonicMs } from "../../base/index.ts";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { composeAnswer } from "./answer.ts";
import type { CompletionRequest } from "./completion-request.ts";
import type { Completion, SimulatedDialect } from "./dialect.ts";
import type { Fault } from "./fault.ts";
import type { Latencies } from "./metrics.ts";
import type { Scheduler, Sequence } from "./scheduler.ts";
import type { Timing } from "./timing.ts";
import { internalError, type VllmError } from "./vllm-error.ts";

export interface EngineParts {
  readonly name: string;
  readonly model: string;
  readonly place: string;
  readonly timing: Timing;
  readonly monotonicNow: MonotonicClock;
  readonly scheduler: Scheduler;
  readonly firstToken: Latencies;
  readonly request: Latencies;
}

export interface Job {
  readonly id: string;
  readonly dialect: SimulatedDialect;
  readonly request: CompletionRequest;
  readonly fault: Fault;
  readonly response: ServerResponse;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Rejects when the client leaves; the engine is free again by then. */
export async function complete(engine: EngineParts, job: Job): Promise<void> {
  const { dialect, request, fault, response, signal } = job;
  if (fault.mode === "refuse") return refuse(response, dialect);
  if (fault.mode === "error" && (!fault.after || !request.isStream))
    return sendError(response, internalError, dialect);
  const startedAtMs = engine.monotonicNow();
  const timing = timingUnder(fault, engine);
  const sequence = await engine.scheduler.admit(request.prompt, timing, signal);
  try {
    const introduction = `This is ${engine.name}, a simulated engine in ${engine.place}.`;
    const completion: Completion = {
      id: dialect.idPrefix + job.id,
      model: engine.model,
      createdS: Math.floor(Date.now() / 1000),
      prompt: request.prompt,
      cachedTokens: sequence.cachedTokens,
      answer: composeAnswer(introduction, request.prompt, request.limits),
    };
    const run: Run = { ...job, engine, timing, sequence, completion, startedAtMs };
    await (request.isStream ? sendStream(run) : sendWhole(run));
    sequence.keep(completion.answer.tokens);
    engine.request.observe(elapsedMs(startedAtMs, engine.monotonicNow()) / 1000);
  } finally {
    sequence.free();
  }
}

export function sendError(
  response: ServerResponse,
  error: VllmError,
  { formatError }: Pick<SimulatedDialect, "formatError">,
): void {
  response.writeHead(error.status, { "content-type": "application/json" }).end(formatError(error));
}

interface Run extends Job {
  readonly engine: EngineParts;
  readonly timing: Timing;
  readonly sequence: Sequence;
  readonly completion: Completion;
  readonly startedAtMs: MonotonicMs;
}

const overloaded: VllmError = { status: 503, message: "simulated overload", param: null };

export function refuse(response: ServerResponse, dialect: Pick<SimulatedDialect, "formatError">): void {
  response.setHeader("retry-after", "1");
  sendError(response, overloaded, dialect);
}

async function sendWhole(run: Run): Promise<void> {
  const { completion, dialect, fault, response, signal } = run;
  for (let index = 0; index < completion.answer.tokens.length; index++) await decode(run, index);
  if (fault.mode === "hang") await hang(signal);
  const body = dialect.whole(completion);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-sim-place": statedPlace(run),
  });
  if (fault.mode !== "cut") return void response.end(body);
  response.write(body.slice(0, body.length / 2));
  breakOff(response);
}

async function sendStream(run: Run): Promise<void> {
  const { completion, dialect, fault, request, response, signal } = run;
  const chunks = [...dialect.events(completion, request.members)];
  const soundChunks = soundChunksOf(fault, chunks.length);
  if (fault.mode === "hang" && soundChunks === 0) await hang(signal);
  response.writeHead(200, { "content-type": "text/event-stream", "x-sim-place": statedPlace(run) });
  response.flushHeaders();
  let tokens = 0;
  for (const [index, { text, isToken }] of chunks.entries()) {
    if (index === soundChunks) return strike(run);
    if (isToken) await decode(run, tokens++);
    if (!response.write(text)) await once(response, "drain", { signal });
  }
  response.end(dialect.closing);
}

async function decode({ engine, sequence, timing, signal, startedAtMs }: Run, index: number): Promise<void> {
  await sequence.decode(timing, signal);
  if (index === 0) engine.firstToken.observe(elapsedMs(startedAtMs, engine.monotonicNow()) / 1000);
}

/** How many chunks are sent before the fault strikes; more than there are when none does. */
function soundChunksOf({ mode, after }: Fault, chunks: number): number {
  if (mode === "cut") return after ?? Math.floor(chunks / 2);
  return mode === "hang" || mode === "error" ? (after ?? 0) : Number.POSITIVE_INFINITY;
}

async function strike({ dialect, fault, response, signal }: Run): Promise<void> {
  if (fault.mode === "hang") await hang(signal);
  if (fault.mode === "cut") return breakOff(response);
  response.end(dialect.formatErrorEvent(internalError));
}

/** Waits until the client leaves. */
export async function hang(signal: AbortSignal): Promise<never> {
  const left = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => left.reject(signal.reason), { once: true });
  signal.throwIfAborted();
  return left.promise;
}

/** Ends the connection once what was written has left, so that the number of chunks is as announced. */
export function breakOff(response: ServerResponse): void {
  response.socket?.destroySoon();
}

export function statedPlace({ fault, engine }: Pick<Run, "fault" | "engine">): string {
  if (fault.mode !== "wrong-region") return engine.place;
  return engine.place.startsWith("US") ? "CN" : "US";
}

export function timingUnder({ mode }: Fault, { timing }: EngineParts): Timing {
  return mode === "slow" ? slowed(timing) : timing;
}

function slowed({ prefillBaseMs, prefillTokensPerSecond, decodeMsPerToken }: Timing): Timing {
  return {
    prefillBaseMs: slowedMs(prefillBaseMs),
    prefillTokensPerSecond: prefillTokensPerSecond / 10,
    decodeMsPerToken: slowedMs(decodeMsPerToken),
  };
}

function slowedMs(durationMs: number): number {
  return Math.max(durationMs * 10, 20);
}
