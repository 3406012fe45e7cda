import { encodeUtf8 } from "../../base/index.ts";
import { UpstreamError } from "../../providers/index.ts";
import type { Position } from "../../store/index.ts";
import { formatSseComment, formatSseData } from "../../wire/index.ts";
import type { Answer, StreamedAnswer, StreamedChunk, WholeAnswer } from "../answer.ts";
import { type Docket, formatPosition } from "../docket.ts";
import { checkEvidence, type Observed } from "../evidence.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { outcomeOf } from "../outcome.ts";
import { type EventSink, openEventSink } from "../event-sink.ts";
import { writeAnswer } from "../write-answer.ts";

/**
 * Releases the answer: its first byte after the decision is on disk, its end after the outcome is. If we crash in
 * between, the caller has no end of an answer, and the log's next opening says that the outcome is unknown.
 */
export async function reply(exchange: Exchange, answer: Answer, docket: Docket): Promise<void> {
  await docket.ready;
  exchange.throwIfStopped();
  exchange.progress.status = 200;
  if (answer.kind === "whole") await replyWhole(exchange, answer, docket);
  else await replyStream(exchange, answer, docket);
}

async function replyWhole(exchange: Exchange, { body }: WholeAnswer, docket: Docket): Promise<void> {
  await docket.commit(body);
  await docket.endRecord();
  await docket.close(outcomeOf(exchange, "complete"));
  exchange.throwIfStopped();
  writeAnswer(exchange, { status: 200, headers: { "content-type": "application/json" }, body });
}

async function replyStream(exchange: Exchange, answer: StreamedAnswer, docket: Docket): Promise<void> {
  const sink = openEventSink(exchange);
  const last = await passOn(exchange, answer, { docket, sink }).catch((error: unknown) => {
    throw streamError(exchange, answer, error);
  });
  await requireEvidence(exchange, docket, { ...answer, body: last, isFinal: true });
  await docket.endRecord();
  const outcome = await docket.close(outcomeOf(exchange, "complete"));
  await sink.write(lateFacts(exchange, outcome));
  await sink.end(formatSseData("[DONE]"));
}

/** Returns the body of the last chunk, which carries whatever evidence comes late. */
async function passOn(
  exchange: Exchange,
  answer: StreamedAnswer,
  { docket, sink }: { readonly docket: Docket; readonly sink: EventSink },
): Promise<unknown> {
  let last: unknown = null;
  const release = async ({ data, chunk }: StreamedChunk): Promise<void> => {
    if (chunk.kind !== "answer") return;
    exchange.progress.tokens = chunk.usage ?? exchange.progress.tokens;
    last = chunk.body;
    // Before it is released: a chunk may say that it comes from elsewhere.
    await requireEvidence(exchange, docket, { ...answer, body: last, isFinal: false });
    const event = encodeUtf8(formatSseData(data));
    await docket.commit(event);
    await sink.write(event);
  };
  await release(answer.first);
  for await (const next of answer.rest) {
    if (next.chunk.kind === "error") throw new UpstreamError("broken");
    await release(next);
  }
  return last;
}

async function requireEvidence(exchange: Exchange, docket: Docket, observed: Observed): Promise<void> {
  const fault = await checkEvidence(exchange, docket, observed);
  if (!fault) return;
  const reason = fault === "elsewhere" ? "it was computed elsewhere" : "nothing shows where it was computed";
  throw new GatewayError("provider_interrupted", `the answer was stopped: ${reason}`);
}

/** After the first chunk the endpoint is never switched: what was said cannot be unsaid. */
function streamError(exchange: Exchange, { endpoint }: StreamedAnswer, error: unknown): unknown {
  if (exchange.signal.aborted || !(error instanceof UpstreamError)) return error;
  exchange.cell.pool.signal(endpoint.id, { kind: "failed", retryAfterMs: null });
  return new GatewayError("provider_interrupted", `the answer broke off: \`${error.failure}\``);
}

/** What the headers could not say yet. */
function lateFacts({ receipt, progress }: Exchange, outcome: Position): string {
  const tokens =
    progress.tokens && ` tokens=${progress.tokens.promptTokens}+${progress.tokens.completionTokens}`;
  return formatSseComment(
    `bailiwick-ledger ${receipt.ledger} outcome=${formatPosition(outcome)} ` +
      `evidence=${receipt.evidence} region=${receipt.places.join("+")}${tokens ?? ""}`,
  );
}
