import { formatPosition, type Position } from "../../store/index.ts";
import { formatSseComment } from "../../wire/index.ts";
import type { OneAnswer, AnswerEvents, StreamedAnswer, WholeAnswer } from "../exchange/answer.ts";
import type { EventSink, Soon } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import { BeatingSink } from "./heartbeat.ts";
import { outcomeOf } from "./outcome.ts";
import { openEvents, writeAnswer } from "./write-answer.ts";

/**
 * Releases the answer: its first byte after the decision is on disk, its end after the outcome is. If we crash in
 * between, the caller has no end of an answer, and the log's next opening says that the outcome is unknown.
 */
export function reply(exchange: Exchange, answer: OneAnswer, decision: OpenDecision): Promise<void> {
  return answer.kind === "whole"
    ? replyWhole(exchange, answer, decision)
    : replyStream(exchange, answer, decision);
}

/** The decision is on disk. */
function begin(exchange: Exchange): void {
  exchange.throwIfStopped();
  exchange.progress.status = 200;
}

async function replyWhole(
  exchange: Exchange,
  { body, contentType }: WholeAnswer,
  decision: OpenDecision,
): Promise<void> {
  await decision.ready;
  begin(exchange);
  const committed = decision.commitWhole(body);
  if (committed) await committed;
  const recorded = decision.endRecord();
  if (recorded) await recorded;
  await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.throwIfStopped();
  await writeAnswer(exchange, { status: 200, headers: { "content-type": contentType }, body });
}

async function replyStream(
  exchange: Exchange,
  { events }: StreamedAnswer,
  decision: OpenDecision,
): Promise<void> {
  await decision.ready;
  begin(exchange);
  const sink = new BeatingSink(openEvents(exchange));
  exchange.onEnd(() => sink.stop());
  const closing = await passOn(events, { decision, sink }).catch(async (error: unknown) => {
    sink.stop();
    throw await events.failed(error);
  });
  await decision.endRecord();
  const outcome = await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.throwIfStopped();
  await sink.write(lateFacts(exchange, outcome));
  exchange.progress.isTaken = await sink.end(closing);
}

interface Releasing {
  readonly decision: OpenDecision;
  readonly sink: EventSink;
}

/** Resolves with the closing events, which wait for the outcome. */
function passOn(events: AnswerEvents, releasing: Releasing): Promise<string> {
  return new Promise((resolve, reject) =>
    events.tell({
      onEvents: (bytes) => release(bytes, releasing),
      onClosing: resolve,
      onFailure: reject,
    }),
  );
}

function release(bytes: Uint8Array, { decision, sink }: Releasing): Soon<void> {
  const committed = decision.commit(bytes);
  return committed ? committed.then(() => sink.write(bytes)) : sink.write(bytes);
}

/** What the headers could not say yet. */
function lateFacts({ progress }: Exchange, outcome: Position): string {
  const { answering, ledger } = progress;
  const usage = answering?.usage;
  const tokens = usage && ` tokens=${usage.promptTokens}+${usage.completionTokens}`;
  return formatSseComment(
    `bailiwick-ledger ${ledger} outcome=${formatPosition(outcome)} ` +
      `evidence=${answering?.shown?.grade ?? null} region=${answering?.places.join("+") ?? ""}${tokens ?? ""}`,
  );
}
