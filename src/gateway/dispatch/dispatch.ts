// Which endpoints of the permit are asked, in which order, and for how long. One of them is asked in attempt.ts.
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointId } from "../../base/index.ts";
import type { Answer } from "../exchange/answer.ts";
import { attempt, type AttemptResult } from "./attempt.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import { Ending } from "./ending.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Failure } from "./failure.ts";
import { attemptHedged, type FailedAt, hedgeAfterMs, type HedgedResult } from "./hedge.ts";
import type { Model } from "../../config/index.ts";
import type { Room } from "../shared/loads.ts";
import { toldOfPin } from "../pins/pin.ts";
import { exhausted, hintOf, type Unanswered, withheld } from "./unanswered.ts";

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
  /** The orders of those that failed at it, one for each. */
  readonly broken: number[];
  /** Those that may have got it: they are not sent it again. */
  readonly spent: EndpointId[];
}

export function nothingTried(): Tried {
  return { broken: [], spent: [] };
}

/**
 * Asks the permit's endpoints, best first, until one of them begins to answer or the deadline passes. Each is asked
 * once; only if all of them were merely saturated or never reached, once more after a pause. What follows the first
 * attempt is taken from the budget of the model, so that who asks again is never most of the load.
 */
export async function dispatch(exchange: Exchange, request: DispatchRequest, tried: Tried): Promise<Answer> {
  const ending = new Ending(exchange);
  const hedgesBefore = exchange.progress.hedgeCount;
  const asking: Asking = { ending, tried, failures: [], asked: [], lineWaitMs: null, hedgesBefore };
  try {
    for (let round = 1, room: Room | null = null; ;) {
      const outcome = await askEach(exchange, request, { asking, room });
      room = null;
      if (outcome.kind === "answer") return outcome.answer;
      if (outcome.kind === "withheld") throw toldOfPin(withheld(asking.failures), request.pin);
      if (outcome.kind === "full") {
        room = await lineUp(exchange, request, { asking, endpoints: outcome.endpoints });
        continue;
      }
      const pauseMs = round < maxRounds ? pauseFor(exchange, asking.failures, round) : null;
      if (pauseMs === null || ending.leftMs <= pauseMs) {
        throw toldOfPin(exhausted(exchange, request, asking), request.pin);
      }
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => ending.throwIfEnded());
      asking.asked.length = 0;
      round++;
    }
  } finally {
    ending.stopClock();
  }
}

type PassOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed" }
  /** Some have as many requests as they take, and the request may wait for them. */
  | { readonly kind: "full"; readonly endpoints: readonly EndpointId[] }
  /** One more attempt is more than the model's budget allows. */
  | { readonly kind: "withheld" };

/** Owner: one dispatch. */
interface Asking extends Unanswered {
  readonly ending: Ending;
  readonly tried: Tried;
  /** Of the newest round in which anybody failed. */
  failures: Failure[];
  /** Those that failed in this round. */
  readonly asked: EndpointId[];
  lineWaitMs: number | null;
  /** Of the request, by decisions before this one. */
  readonly hedgesBefore: number;
}

interface Wait {
  readonly asking: Asking;
  readonly endpoints: readonly EndpointId[];
}

/** Null where there is no place to wait: then the request passes over what is full, and waits for nothing any more. */
async function lineUp(
  exchange: Exchange,
  { model, caller, priority }: DispatchRequest,
  { asking, endpoints }: Wait,
): Promise<Room | null> {
  const { signal, leftMs } = asking.ending;
  const wish = { endpoints, model: model.alias, caller, priority, leftMs, signal };
  const found = await exchange.cell.pool.waitForRoom(wish);
  if (typeof found !== "number") return found;
  asking.lineWaitMs = found;
  return null;
}

interface Pass {
  readonly asking: Asking;
  /** That was waited for: its endpoint comes first. */
  readonly room: Room | null;
}

/** Each endpoint that has not been asked in this round, once. */
async function askEach(exchange: Exchange, request: DispatchRequest, pass: Pass): Promise<PassOutcome> {
  const { asking, room } = pass;
  const { ending } = asking;
  const full: EndpointId[] = [];
  try {
    for (const id of candidatesFor(exchange, request, pass)) {
      ending.throwIfEnded();
      if (asking.lineWaitMs === null && waitsBefore(request, id, full)) break;
      if (isBrokenEnough(request, asking, id)) continue;
      if (!mayAttempt(exchange, request)) return { kind: "withheld" };
      const result = await ask(exchange, request, { pass, id });
      if (result.kind === "answer") return result;
      if (result.kind === "full") full.push(id);
      if (result.kind === "failed") noteFailed(request, asking, { id, failure: result.failure });
    }
    ending.throwIfEnded();
  } finally {
    room?.giveBack();
  }
  return full.length > 0 && asking.lineWaitMs === null
    ? { kind: "full", endpoints: full }
    : { kind: "failed" };
}

interface Asked {
  readonly pass: Pass;
  readonly id: EndpointId;
}

/** One endpoint, and where the model's policy says so another one beside it. */
function ask(
  exchange: Exchange,
  request: DispatchRequest,
  { pass, id }: Asked,
): Promise<AttemptResult | HedgedResult> {
  const { asking } = pass;
  const options = { id, ending: asking.ending, room: roomAt(pass.room, id) };
  // One for each decision: two attempts at most may end unknown by it.
  const afterMs = exchange.progress.hedgeCount > asking.hedgesBefore ? null : hedgeAfterMs(request);
  if (afterMs === null) return attempt(exchange, request, options);
  return attemptHedged(exchange, request, {
    ...options,
    afterMs,
    others: () => besides(exchange, request, { pass, id }),
    onFailed: (failed) => noteFailed(request, asking, failed),
  });
}

/** Those that are asked instead where `id` fails, as far as slowness alone is ground enough to go there. */
function* besides(
  exchange: Exchange,
  request: DispatchRequest,
  { pass: { asking }, id: first }: Asked,
): Generator<EndpointId, void> {
  const { ranking, model, decision } = request;
  const isAbroad = (id: EndpointId): boolean => decision.permit.endpoint(id)?.isTransfer === true;
  for (const id of candidatesFor(exchange, request, { asking, room: null })) {
    if (id === first || isBrokenEnough(request, asking, id)) continue;
    if (orderOf(model, id) !== orderOf(model, first)) continue;
    if (ranking === "legal-first" && isAbroad(id) && !isAbroad(first)) continue;
    yield id;
  }
}

function roomAt(room: Room | null, id: EndpointId): Room | null {
  return room?.endpoint === id ? room : null;
}

/** The first attempt of a decision is nobody's retry. */
function mayAttempt({ cell }: Exchange, { decision, model }: DispatchRequest): boolean {
  return decision.attempts.length === 0 || cell.retries.allow(model.alias);
}

/** Best first, behind the one whose room was waited for, and none that was asked before. */
function* candidatesFor(
  { cell }: Exchange,
  request: DispatchRequest,
  { asking: { tried, asked }, room }: Pass,
): Generator<EndpointId, void> {
  if (room) yield room.endpoint;
  for (const id of cell.pool.pick(request.decision.permit, request).candidates) {
    if (id !== room?.endpoint && !tried.spent.includes(id) && !asked.includes(id)) yield id;
  }
}

/** In `legal-first` a request waits at home before it goes abroad, as long as there is a place to wait. */
function waitsBefore(
  { ranking, decision: { permit } }: DispatchRequest,
  id: EndpointId,
  full: readonly EndpointId[],
): boolean {
  if (ranking !== "legal-first" || permit.endpoint(id)?.isTransfer !== true) return false;
  return full.some((other) => permit.endpoint(other)?.isTransfer === false);
}

function isBrokenEnough({ model }: DispatchRequest, { tried }: Asking, id: EndpointId): boolean {
  if (tried.broken.length < maxBroken) return false;
  const order = orderOf(model, id);
  return tried.broken.filter((broken) => broken === order).length >= maxBroken;
}

function orderOf({ servedBy }: Model, id: EndpointId): number {
  return servedBy.get(id)?.order ?? 1;
}

function noteFailed({ model }: DispatchRequest, asking: Asking, { id, failure }: FailedAt): void {
  const { broken, spent } = asking.tried;
  if (asking.asked.length === 0) asking.failures = [];
  asking.asked.push(id);
  asking.failures.push(failure);
  if (failure.kind === "broken") broken.push(orderOf(model, id));
  if (!failure.isRepeatable) spent.push(id);
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
