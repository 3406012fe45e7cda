// The only place where something thrown becomes what a caller sees and what the ledger keeps of it.
import type { OutcomeEntry } from "../../ledger/index.ts";
import { LedgerUnavailableError } from "../../store/index.ts";
import { isWorthRetrying } from "../../wire/index.ts";
import { CallerGoneError, GatewayError } from "../exchange/gateway-error.ts";
import { ledgerUnavailable } from "../exchange/ledger-unavailable.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import type { ThreadServices } from "../exchange/thread-services.ts";
import { RecordUnavailableError } from "../../privacy/index.ts";
import { outcomeOf } from "./outcome.ts";
import { writeAnswer } from "./write-answer.ts";

/** Ends the exchange: its outcome on disk first, then the caller's answer, if there is still a caller. */
export async function answerError(exchange: ServedRequest, thrown: unknown): Promise<void> {
  // What stopped the exchange is the cause; what the stages threw on the way out is its effect.
  const cause = exchange.stopReason ?? thrown;
  const error = await settle(exchange, cause instanceof CallerGoneError ? null : typedError(exchange, cause));
  const { channel } = exchange.arrival;
  if (error === null) channel.destroy();
  else if (channel.hasBegun) await breakOff(exchange, error);
  else await writeError(exchange, error);
}

function typedError({ cell, arrival }: ServedRequest, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof LedgerUnavailableError) return ledgerUnavailable();
  if (cause instanceof RecordUnavailableError) return recordsUnavailable(cell);
  cell.log({ event: "internal_error", cell: cell.cell, request: arrival.id, thrown: cause });
  return new GatewayError("gateway_internal", "an error of the gateway's own; its log names the request id");
}

/** Fails closed: an answer that must be kept and cannot be is not given. */
function recordsUnavailable(cell: ThreadServices): GatewayError {
  cell.alarm("records_unavailable");
  return new GatewayError(
    "gateway_records_unavailable",
    "the record of content that the tenant's policy asks for cannot be written",
  );
}

/** Closes the decision, if one is open. An outcome that cannot be recorded is an error of its own. */
async function settle(exchange: ServedRequest, error: GatewayError | null): Promise<GatewayError | null> {
  const { progress, arrival } = exchange;
  const { hasBegun } = arrival.channel;
  progress.error = error?.type ?? null;
  progress.status = hasBegun ? (progress.status ?? 200) : (error?.status ?? null);
  const { decision } = progress;
  if (!decision) return error;
  const closed = decision.close(outcomeOf(exchange, decision, resultOf(error, hasBegun)));
  // The caller hears at once of a ledger that does not answer; when it does, it takes the outcome.
  if (error?.type === "gateway_ledger_unavailable") {
    closed.catch(() => undefined);
    return error;
  }
  try {
    await closed;
    return error;
  } catch (cause) {
    const unrecorded = typedError(exchange, cause);
    progress.error = unrecorded.type;
    return error && unrecorded;
  }
}

function resultOf(error: GatewayError | null, hasBegun: boolean): OutcomeEntry["result"] {
  if (error === null) return "aborted";
  if (hasBegun) return "interrupted";
  return error.type === "provider_rejected" ? "refused" : "failed";
}

async function breakOff({ arrival, progress, words }: ServedRequest, error: GatewayError): Promise<void> {
  progress.isTaken = await arrival.channel.breakOff(words.formatEvent(error), error.type);
}

async function writeError(exchange: ServedRequest, error: GatewayError): Promise<void> {
  const { retryAfterSeconds } = error;
  await writeAnswer(exchange, {
    status: error.status,
    headers: {
      "content-type": exchange.words.contentType,
      "cache-control": "no-store",
      ...error.headers,
      ...(retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }),
      // OpenAI's and Anthropic's clients repeat a 409, 429 and 5xx by themselves, others a 4xx too, unless told not to.
      ...(isWorthRetrying(error.type) ? {} : { "x-should-retry": "false" }),
    },
    body: exchange.words.format(error),
  });
}
