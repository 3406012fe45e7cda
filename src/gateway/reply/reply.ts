import { UpstreamError } from "../../providers/index.ts";
import { formatPosition, type Position } from "../../store/index.ts";
import { formatSseComment, type SseEvent } from "../../wire/index.ts";
import { checkEvidence } from "../dispatch/evidence.ts";
import type { Answer, StreamedAnswer, WholeAnswer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import { type BeatingSink, withHeartbeat } from "./heartbeat.ts";
import { outcomeOf } from "./outcome.ts";
import { openEvents, writeAnswer } from "./write-answer.ts";

/**
 * Releases the answer: its first byte after the decision is on disk, its end after the outcome is. If we crash in
 * between, the caller has no end of an answer, and the log's next opening says that the outcome is unknown.
 */
export async function reply(exchange: Exchange, answer: Answer, decision: OpenDecision): Promise<void> {
  await decision.ready;
  exchange.throwIfStopped();
  exchange.progress.status = 200;
  if (answer.kind === "whole") await replyWhole(exchange, answer, decision);
  else await replyStream(exchange, answer, decision);
}

async function replyWhole(exchange: Exchange, { body }: WholeAnswer, decision: OpenDecision): Promise<void> {
  await decision.commit(body);
  await decision.endRecord();
  await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.throwIfStopped();
  await writeAnswer(exchange, { status: 200, headers: { "content-type": "application/json" }, body });
}

async function replyStream(
  exchange: Exchange,
  answer: StreamedAnswer,
  decision: OpenDecision,
): Promise<void> {
  const sink = withHeartbeat(openEvents(exchange));
  exchange.onEnd(() => sink.stop());
  const closing = await passOn(exchange, answer, { decision, sink }).catch((error: unknown) => {
    sink.stop();
    throw answer.call.failed(error);
  });
  await requireEvidence(exchange, decision, { ...answer, isFinal: true });
  await decision.endRecord();
  const outcome = await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.throwIfStopped();
  await sink.write(lateFacts(exchange, outcome));
  exchange.progress.isTaken = await sink.end(closing);
}

interface Releasing {
  readonly decision: OpenDecision;
  readonly sink: BeatingSink;
}

/** Returns the closing events, which wait for the outcome. */
async function passOn(exchange: Exchange, answer: StreamedAnswer, releasing: Releasing): Promise<string> {
  const { translator, first } = answer;
  await release(exchange, answer, { ...releasing, events: first });
  for await (const event of untilClosed(answer)) {
    const events = translator.push(event);
    if (!events.ok) {
      throw events.error === "error"
        ? answer.call.saidError(translator.facts.body)
        : new UpstreamError("garbage");
    }
    await release(exchange, answer, { ...releasing, events: events.value });
  }
  const closing = translator.end();
  if (!closing.ok) throw new UpstreamError("broken");
  return closing.value.map((bytes) => Buffer.from(bytes).toString("utf8")).join("");
}

/** An answer that is closed is complete, whether its connection ends or not. */
async function* untilClosed({ translator, rest, call }: StreamedAnswer): AsyncGenerator<SseEvent, void> {
  let hasEnded = false;
  try {
    while (!translator.isClosed) {
      const next = await rest.next();
      hasEnded = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (translator.isClosed) call.complete();
    else if (!hasEnded) await rest.return();
  }
}

async function release(
  exchange: Exchange,
  answer: StreamedAnswer,
  { decision, sink, events }: Releasing & { readonly events: readonly Uint8Array[] },
): Promise<void> {
  answer.attempt.noteUsage(answer.translator.facts.usage);
  // Before it is released: an event may say that it comes from elsewhere.
  await requireEvidence(exchange, decision, { ...answer, isFinal: false });
  for (const event of events) {
    await decision.commit(event);
    await sink.write(event);
  }
}

async function requireEvidence(
  exchange: Exchange,
  decision: OpenDecision,
  { attempt, headers, translator, isFinal }: StreamedAnswer & { readonly isFinal: boolean },
): Promise<void> {
  const shown = { attempt, headers, body: translator.facts.body, isFinal };
  const fault = await checkEvidence(exchange, decision, shown);
  if (!fault) return;
  const reason = fault === "elsewhere" ? "it was computed elsewhere" : "nothing shows where it was computed";
  attempt.noteFailure(`evidence_${fault}`);
  throw new GatewayError("provider_interrupted", `the answer was stopped: ${reason}`);
}

/** What the headers could not say yet. */
function lateFacts({ progress }: Exchange, outcome: Position): string {
  const { answering, ledger } = progress;
  const usage = answering?.usage;
  const tokens = usage && ` tokens=${usage.promptTokens}+${usage.completionTokens}`;
  return formatSseComment(
    `bailiwick-ledger ${ledger} outcome=${formatPosition(outcome)} ` +
      `evidence=${answering?.evidence?.evidenceClass ?? null} region=${answering?.places.join("+") ?? ""}${tokens ?? ""}`,
  );
}
