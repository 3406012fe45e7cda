// One attempt, and another one beside it where the first does not begin to answer in time (docs/decisions/0058).
import type { EndpointId } from "../../base/index.ts";
import type { EngineOperationName } from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { HedgeFate } from "../shared/load-meters.ts";
import type { Room } from "../shared/loads.ts";
import { type AttemptEnd, beginAttempt, finishAttempt, type NotBegun } from "./attempt.ts";
import type { CallOptions } from "./attempt-call.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import type { Ending } from "./ending.ts";
import type { Failure } from "./failure.ts";
import { type Lane, Race } from "./race.ts";
import { OvertakenError } from "./present-law.ts";

/** What an engine may do twice: it reads and answers, keeps nothing, and costs by the token. */
const repeatable: ReadonlySet<EngineOperationName> = new Set([
  "chat_completions",
  "completions",
  "embeddings",
  "responses",
  "messages",
  "count_tokens",
  "rerank",
  "moderations",
]);

/** Null: nobody is asked beside it. A member that makes an engine keep or fetch something would do so twice. */
export function hedgeAfterMs({ model, view, operation }: DispatchRequest): number | null {
  const isOnce = view.wantsEvents || view.exits.length > 0 || !repeatable.has(operation.name);
  return isOnce ? null : model.hedgeAfterMs;
}

export interface FailedAt {
  readonly id: EndpointId;
  readonly failure: Failure;
}

interface Hedging {
  readonly id: EndpointId;
  readonly ending: Ending;
  /** At the first endpoint, where the request has waited for it. */
  readonly room: Room | null;
  readonly afterMs: number;
  /** Who may be asked beside the first, best first. */
  readonly others: () => Iterable<EndpointId>;
  /** Called for each of the two that failed, before this resolves or rejects. */
  readonly onFailed: (failed: FailedAt) => void;
}

export type HedgedResult =
  | Extract<AttemptEnd, { readonly kind: "answer" }>
  | NotBegun
  /** None of those that were asked; how they failed has been told. */
  | { readonly kind: "unanswered" };

/**
 * INVARIANT: when it is over, so are its attempts: what they showed is on record, and no byte of either is under way.
 * Throws what an attempt throws; but the law that overtakes one of two lets the other go on.
 */
export async function attemptHedged(
  exchange: Exchange,
  request: DispatchRequest,
  hedging: Hedging,
): Promise<HedgedResult> {
  const { id, ending, room, afterMs } = hedging;
  const race = new Race(ending);
  try {
    const lane = race.enter();
    const first = beginAttempt(exchange, request, { id, ending: lane, room });
    if ("kind" in first) return first;
    const running = [run(exchange, request, { begun: first, lane })];
    if (await lane.isLate(afterMs)) {
      const second = beginBeside(exchange, request, { hedging, race });
      if (second) running.push(run(exchange, request, second));
    }
    const ends = await Promise.all(running);
    if (ends.length > 1) exchange.cell.meters.hedge(request.model.alias, fateOf(ends));
    return resultOf(ends, hedging);
  } finally {
    ending.cuts(null);
  }
}

interface Running {
  readonly begun: CallOptions;
  readonly lane: Lane;
}

interface LaneEnd {
  readonly id: EndpointId;
  readonly end: AttemptEnd | { readonly kind: "threw"; readonly error: unknown };
}

/** Never rejects. What ends the whole exchange ends the other attempt too, and what the law takes away does not. */
async function run(exchange: Exchange, request: DispatchRequest, { begun, lane }: Running): Promise<LaneEnd> {
  const { id } = begun;
  try {
    return { id, end: await finishAttempt(exchange, request, begun) };
  } catch (error) {
    if (!(error instanceof OvertakenError)) lane.endOthers();
    return { id, end: { kind: "threw", error } };
  } finally {
    lane.noteBegun();
  }
}

interface Beside {
  readonly hedging: Hedging;
  readonly race: Race;
}

/** Null where nobody is there, or what the model's budget and the caller's limits have left is not enough for two. */
function beginBeside(
  exchange: Exchange,
  request: DispatchRequest,
  { hedging, race }: Beside,
): Running | null {
  const { cell, progress } = exchange;
  const { alias } = request.model;
  if (hedging.ending.reason) return null;
  for (const id of hedging.others()) {
    if (!cell.retries.allow(alias) || progress.hold?.coversTwo() === false) {
      cell.meters.hedge(alias, "withheld");
      return null;
    }
    const lane = race.enter();
    const begun = beginAttempt(exchange, request, { id, ending: lane, room: null });
    if ("kind" in begun) continue;
    progress.hedgeCount++;
    return { begun, lane };
  }
  return null;
}

function fateOf(ends: readonly LaneEnd[]): HedgeFate {
  const at = ends.findIndex(({ end }) => end.kind === "answer");
  return at < 0 ? "failed" : at === 0 ? "lost" : "won";
}

function resultOf(ends: readonly LaneEnd[], { onFailed }: Hedging): HedgedResult {
  let overtaken: OvertakenError | null = null;
  for (const { id, end } of ends) {
    if (end.kind === "failed") onFailed({ id, failure: end.failure });
    if (end.kind !== "threw") continue;
    if (!(end.error instanceof OvertakenError)) throw end.error;
    overtaken = end.error;
  }
  const answered = ends.map(({ end }) => end).find((end) => end.kind === "answer");
  if (answered) return answered;
  if (overtaken !== null) throw overtaken;
  return { kind: "unanswered" };
}
