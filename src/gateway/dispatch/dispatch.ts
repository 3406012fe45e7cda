// Which endpoints of the permit are asked, in which order, and for how long. One of them is asked in attempt.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { elapsedMs, type EndpointId, later, type MonotonicMs } from "../../base/index.ts";
import type { Answer } from "../exchange/answer.ts";
import { attempt, type DispatchRequest } from "./attempt.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Failure } from "./failure.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { exhausted, hintOf, withheld } from "./unanswered.ts";

/** A saturated pool is asked again, but not so often that the retries are the load. */
const maxRounds = 2;
const maxJitterMs = 250;
/** Who is told to wait for longer waits better than we do: it holds neither our memory nor its place in a limit. */
const maxPauseMs = 5_000;
/**
 * A request that one engine failed at goes to one more of its order, and no further: a prompt that breaks engines would
 * break all that are alike, and each may have computed it. Those of another order are not alike, by their operator's word.
 */
const maxBroken = 2;

/** What has been learnt of the endpoints for one request, however often it is decided. Owner: the request. */
export interface Tried {
  /** How many of each order failed at it. */
  readonly broken: Map<number, number>;
  /** Those that may have got it: they are not sent it again. */
  readonly spent: Set<EndpointId>;
}

export function nothingTried(): Tried {
  return { broken: new Map(), spent: new Set() };
}

/**
 * Asks the permit's endpoints, best first, until one of them begins to answer or the deadline passes. Each is asked
 * once; only if all of them were merely saturated or never reached, once more after a pause. What follows the first
 * attempt is taken from the budget of the model, so that who asks again is never most of the load.
 */
export async function dispatch(exchange: Exchange, request: DispatchRequest, tried: Tried): Promise<Answer> {
  const deadline = startDeadline(exchange);
  let before: readonly Failure[] = [];
  try {
    for (let round = 1; ; round++) {
      const outcome = await askEach(exchange, request, { deadline, tried });
      if (outcome.kind === "answer") return outcome.answer;
      if (outcome.kind === "withheld")
        throw withheld(outcome.failures.length > 0 ? outcome.failures : before);
      before = outcome.failures;
      const pauseMs = round < maxRounds ? pauseFor(exchange, outcome.failures, round) : null;
      if (pauseMs === null || leftMs(exchange, deadline) <= pauseMs) {
        throw exhausted(exchange, request, outcome.failures);
      }
      await sleep(pauseMs, undefined, { signal: deadline.signal }).catch(() =>
        deadline.signal.throwIfAborted(),
      );
    }
  } finally {
    deadline.clear();
  }
}

/** Aborts with the exchange, and by itself at `at` unless it was cleared. */
interface Deadline {
  readonly at: MonotonicMs;
  readonly signal: AbortSignal;
  readonly abort: (reason: Error) => void;
  clear(): void;
}

function startDeadline({ cell, signal }: Exchange): Deadline {
  const { deadlineMs } = cell.limits;
  const ending = new AbortController();
  const abort = (reason: Error): void => ending.abort(reason);
  const stop = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const timer = setTimeout(() => abort(tooLate(deadlineMs)), deadlineMs);
  return {
    at: later(cell.monotonicNow(), deadlineMs),
    signal: ending.signal,
    abort,
    // A caller that leaves later still ends the call, for as long as its answer comes.
    clear: () => clearTimeout(timer),
  };
}

function tooLate(deadlineMs: number): GatewayError {
  return new GatewayError("provider_timeout", `no endpoint began to answer within ${deadlineMs} ms`);
}

function leftMs({ cell }: Exchange, { at }: Deadline): number {
  return elapsedMs(cell.monotonicNow(), at);
}

type RoundOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failures: readonly Failure[] }
  /** One more attempt is more than the model's budget allows. */
  | { readonly kind: "withheld"; readonly failures: readonly Failure[] };

interface Asking {
  readonly deadline: Deadline;
  readonly tried: Tried;
}

async function askEach(
  exchange: Exchange,
  request: DispatchRequest,
  { deadline, tried }: Asking,
): Promise<RoundOutcome> {
  const { candidates } = exchange.cell.pool.pick(request.decision.permit, request);
  const failures: Failure[] = [];
  for (const id of candidates.filter((candidate) => !tried.spent.has(candidate))) {
    deadline.signal.throwIfAborted();
    const order = request.model.servedBy.get(id)?.order ?? 1;
    const broken = tried.broken.get(order) ?? 0;
    if (broken >= maxBroken) continue;
    const isRetry = request.decision.attempts.length > 0;
    if (isRetry && !exchange.cell.retries.allow(request.model.alias)) return { kind: "withheld", failures };
    const { signal, abort } = deadline;
    const result = await attempt(exchange, request, {
      id,
      leftMs: leftMs(exchange, deadline),
      signal,
      abort,
    });
    if (result.kind === "skipped") continue;
    if (result.kind === "answer") return result;
    failures.push(result.failure);
    if (result.failure.kind === "broken") tried.broken.set(order, broken + 1);
    if (!result.failure.isRepeatable) tried.spent.add(id);
  }
  deadline.signal.throwIfAborted();
  return { kind: "failed", failures };
}

/** Null unless asking again makes sense. Full jitter: callers must not come back in step. */
function pauseFor({ cell }: Exchange, failures: readonly Failure[], round: number): number | null {
  if (failures.length === 0 || !failures.every(({ isRepeatable }) => isRepeatable)) return null;
  // Fresh connections tell whether anybody is there now; a second failure of the kind is not asked about again.
  if (round > 1 && failures.some(({ kind }) => kind === "unreachable")) return null;
  const pauseMs = hintOf(failures) ?? 0;
  return pauseMs > maxPauseMs ? null : pauseMs + random(cell.randomBytes) * maxJitterMs;
}

function random(randomBytes: (size: number) => Uint8Array): number {
  const [high = 0, low = 0] = randomBytes(2);
  return (high * 256 + low) / 65_536;
}
