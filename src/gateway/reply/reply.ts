import { concatBytes } from "../../base/index.ts";
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
  await decision.commitWhole(body);
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
  const { translator, first, beside } = answer;
  await passTogether(exchange, answer, { ...releasing, events: beside, before: first });
  for await (const events of untilClosed(answer))
    await passTogether(exchange, answer, { ...releasing, events, before: [] });
  const closing = translator.end();
  if (!closing.ok) throw new UpstreamError("broken");
  return closing.value.map((bytes) => Buffer.from(bytes).toString("utf8")).join("");
}

/** An answer that is closed is complete, whether its connection ends or not. */
async function* untilClosed({
  translator,
  rest,
  call,
}: StreamedAnswer): AsyncGenerator<readonly SseEvent[], void> {
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

interface Together extends Releasing {
  /** Of one read. */
  readonly events: readonly SseEvent[];
  /** What is released before them. */
  readonly before: readonly Uint8Array[];
}

/** What came in one read leaves in one write. Where an event fails, what came before it is released all the same. */
async function passTogether(
  exchange: Exchange,
  answer: StreamedAnswer,
  { decision, sink, events, before }: Together,
): Promise<void> {
  const lawful = Array.from(before);
  try {
    for (const event of events) lawful.push(...(await judged(exchange, answer, { decision, event })));
  } finally {
    answer.attempt.noteUsage(answer.translator.facts.usage);
    await release(lawful, { decision, sink });
  }
}

interface Judging {
  readonly decision: OpenDecision;
  readonly event: SseEvent;
}

/** What an event becomes, once nothing that it says forbids to release it: it may say that it comes from elsewhere. */
async function judged(
  exchange: Exchange,
  answer: StreamedAnswer,
  { decision, event }: Judging,
): Promise<readonly Uint8Array[]> {
  const { translator, call } = answer;
  const made = translator.push(event);
  if (!made.ok)
    throw made.error === "error" ? call.saidError(translator.facts.body) : new UpstreamError("garbage");
  await requireEvidence(exchange, decision, { ...answer, isFinal: false });
  return made.value;
}

async function release(events: readonly Uint8Array[], { decision, sink }: Releasing): Promise<void> {
  const [first, ...others] = events;
  if (!first) return;
  const bytes = others.length === 0 ? first : concatBytes(events);
  await decision.commit(bytes);
  await sink.write(bytes);
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
