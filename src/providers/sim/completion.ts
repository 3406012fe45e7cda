// One chat completion on a simulated engine: queue, prefill, decode, and the fault that may befall it.
import { elapsedMs, type MonotonicClock, type MonotonicMs } from "../../base/index.ts";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { formatSseData } from "../../wire/index.ts";
import { composeAnswer } from "./answer.ts";
import { type Completion, completionChunks, formatCompletion } from "./completion-body.ts";
import { type CompletionRequest, formatVllmError, type VllmError } from "./completion-request.ts";
import type { Fault } from "./fault.ts";
import type { Latencies } from "./metrics.ts";
import type { Scheduler, Sequence } from "./scheduler.ts";
import type { Timing } from "./timing.ts";

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
  readonly request: CompletionRequest;
  readonly fault: Fault;
  readonly response: ServerResponse;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Rejects when the client leaves; the engine is free again by then. */
export async function complete(engine: EngineParts, job: Job): Promise<void> {
  const { request, fault, response, signal } = job;
  if (fault.mode === "refuse") return refuse(response);
  if (fault.mode === "error" && (!fault.after || !request.isStream))
    return sendError(response, internalError);
  const startedAtMs = engine.monotonicNow();
  const timing = fault.mode === "slow" ? slowed(engine.timing) : engine.timing;
  const sequence = await engine.scheduler.admit(request.prompt, timing, signal);
  try {
    const introduction = `This is ${engine.name}, a simulated engine in ${engine.place}.`;
    const completion: Completion = {
      id: `chatcmpl-${job.id}`,
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

export function sendError(response: ServerResponse, error: VllmError): void {
  response.writeHead(error.status, { "content-type": "application/json" }).end(formatVllmError(error));
}

interface Run extends Job {
  readonly engine: EngineParts;
  readonly timing: Timing;
  readonly sequence: Sequence;
  readonly completion: Completion;
  readonly startedAtMs: MonotonicMs;
}

export const internalError: VllmError = { status: 500, message: "simulated failure", param: null };
const overloaded: VllmError = { status: 503, message: "simulated overload", param: null };

function refuse(response: ServerResponse): void {
  response.setHeader("retry-after", "1");
  sendError(response, overloaded);
}

async function sendWhole(run: Run): Promise<void> {
  const { completion, fault, response, signal } = run;
  for (let index = 0; index < completion.answer.tokens.length; index++) await decode(run, index);
  if (fault.mode === "hang") await hang(signal);
  const body = formatCompletion(completion);
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
  const { completion, fault, request, response, signal } = run;
  const chunks = [...completionChunks(completion, request.includesUsage)];
  const soundChunks = soundChunksOf(fault, chunks.length);
  if (fault.mode === "hang" && soundChunks === 0) await hang(signal);
  response.writeHead(200, { "content-type": "text/event-stream", "x-sim-place": statedPlace(run) });
  response.flushHeaders();
  for (const [index, chunk] of chunks.entries()) {
    if (index === soundChunks) return strike(run);
    // The first chunk opens the stream, the last may hold usage: neither stands for a token.
    if (index > 0 && index <= completion.answer.tokens.length) await decode(run, index - 1);
    if (!response.write(formatSseData(chunk))) await once(response, "drain", { signal });
  }
  response.end(formatSseData("[DONE]"));
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

async function strike({ fault, response, signal }: Run): Promise<void> {
  if (fault.mode === "hang") await hang(signal);
  if (fault.mode === "cut") return breakOff(response);
  // vLLM closes a stream with `[DONE]` after an error too.
  response.end(formatSseData(formatVllmError(internalError)) + formatSseData("[DONE]"));
}

/** Waits until the client leaves. */
async function hang(signal: AbortSignal): Promise<never> {
  const left = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => left.reject(signal.reason), { once: true });
  signal.throwIfAborted();
  return left.promise;
}

/** Ends the connection once what was written has left, so that the number of chunks is as announced. */
function breakOff(response: ServerResponse): void {
  response.socket?.destroySoon();
}

function statedPlace({ fault, engine }: Run): string {
  if (fault.mode !== "wrong-region") return engine.place;
  return engine.place.startsWith("US") ? "CN" : "US";
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
