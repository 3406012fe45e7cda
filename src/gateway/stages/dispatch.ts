// Which endpoints of the permit are asked, in which order, and for how long. One of them is asked in attempt.ts.
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../answer.ts";
import { attempt, type Order } from "../attempt.ts";
import { listPlaces } from "../cell-context.ts";
import type { Exchange } from "../exchange.ts";
import type { Failure } from "../failure.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Pick } from "../../routing/index.ts";

/** A saturated pool is asked again, but not so often that the retries are the load. */
const maxRounds = 2;
const maxJitterMs = 250;
/** The last endpoint is ended by the deadline itself, which tells the caller so. */
const deadlineGraceMs = 1_000;

/**
 * Asks the permit's endpoints, best first, until one of them begins to answer or the deadline passes. Each is asked
 * once; only if all of them were merely saturated or out of reach, once more after a pause.
 */
export async function dispatch(exchange: Exchange, order: Order): Promise<Answer> {
  const deadline = startDeadline(exchange);
  try {
    for (let round = 1; ; round++) {
      const outcome = await askEach(exchange, order, deadline);
      if (outcome.kind === "answer") return outcome.answer;
      const pauseMs = round < maxRounds ? pauseFor(exchange, outcome.failures, round) : null;
      if (pauseMs === null || exchange.cell.now() + pauseMs >= deadline.atMs) {
        throw exhausted(exchange, order, outcome.failures);
      }
      await sleep(pauseMs, undefined, { signal: deadline.signal }).catch(() =>
        deadline.signal.throwIfAborted(),
      );
    }
  } finally {
    deadline.clear();
  }
}

/** Aborts with the exchange, and by itself at `atMs` unless it was cleared. */
interface Deadline {
  readonly atMs: number;
  readonly signal: AbortSignal;
  clear(): void;
}

function startDeadline({ cell, signal }: Exchange): Deadline {
  const { deadlineMs } = cell.limits;
  const passing = new AbortController();
  const pass = (): void =>
    passing.abort(
      new GatewayError("provider_timeout", `no endpoint began to answer within ${deadlineMs} ms`),
    );
  const timer = setTimeout(pass, deadlineMs);
  return {
    atMs: cell.now() + deadlineMs,
    signal: AbortSignal.any([signal, passing.signal]),
    clear: () => clearTimeout(timer),
  };
}

type RoundOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failures: readonly Failure[] };

async function askEach(exchange: Exchange, order: Order, deadline: Deadline): Promise<RoundOutcome> {
  const { cell, progress } = exchange;
  const { candidates } = cell.pool.pick(order.docket.permit, order.ranking);
  const failures: Failure[] = [];
  for (const [position, id] of candidates.entries()) {
    deadline.signal.throwIfAborted();
    // An equal share of what is left, so that an endpoint that hangs leaves time for the others.
    const isLast = position === candidates.length - 1;
    const leftMs = deadline.atMs - cell.now() + (isLast ? deadlineGraceMs : 0);
    const budgetMs = Math.ceil(leftMs / (candidates.length - position));
    const result = await attempt(exchange, order, { id, budgetMs, signal: deadline.signal });
    if (result.kind === "skipped") continue;
    const failure = result.kind === "answer" ? null : result.failure.word;
    progress.attempts.push({ endpoint: id, failure });
    cell.meters.attempt(id, failure ?? "answered");
    if (result.kind === "answer") return result;
    failures.push(result.failure);
  }
  deadline.signal.throwIfAborted();
  return { kind: "failed", failures };
}

/** Null unless asking again makes sense. Full jitter: callers must not come back in step. */
function pauseFor({ cell }: Exchange, failures: readonly Failure[], round: number): number | null {
  if (failures.length === 0) return null;
  // The first connections may have idled for too long; fresh ones tell whether anybody is there.
  const isFreshTry = round === 1 && failures.every(({ kind }) => kind === "unreachable");
  if (!isFreshTry && !failures.every(({ kind }) => kind === "saturated")) return null;
  const hints = failures.map(({ retryAfterMs }) => retryAfterMs).filter((hint) => hint !== null);
  const jitterMs = random(cell.randomBytes) * maxJitterMs;
  return (hints.length > 0 ? Math.min(...hints) : 0) + jitterMs;
}

function random(randomBytes: (size: number) => Uint8Array): number {
  const [high = 0, low = 0] = randomBytes(2);
  return (high * 256 + low) / 65_536;
}

/** What the caller hears when nobody answered: whether to come back, or that something is broken. */
function exhausted(
  { cell }: Exchange,
  { docket, ranking }: Order,
  failures: readonly Failure[],
): GatewayError {
  const broken = failures.find(({ kind }) => kind === "broken");
  if (broken)
    return new GatewayError("provider_failed", `no endpoint answered; the last word was \`${broken.word}\``);
  cell.meters.alarm("region_unavailable");
  cell.log({ event: "alarm", cell: cell.cell, alarm: "region_unavailable" });
  const places = listPlaces(docket.permit.terms.endpoints.flatMap(({ computes }) => computes));
  return new GatewayError(
    "policy_region_unavailable",
    `lawful endpoints for this request exist in ${places}, and none of them is available now`,
    { param: places, retryAfterMs: retryAfterMs(cell.pool.pick(docket.permit, ranking), cell.now()) },
  );
}

function retryAfterMs({ candidates, retryAtMs }: Pick, nowMs: number): number {
  if (candidates.length > 0) return 1_000;
  // When only an operator can help, a minute is as good a guess as any.
  return retryAtMs === null ? 60_000 : retryAtMs - nowMs;
}
