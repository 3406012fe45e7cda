// The only place where something thrown becomes what a caller sees and what the ledger keeps of it.
import type { OutcomeEntry } from "../ledger/index.ts";
import { LedgerUnavailableError } from "../store/index.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../wire/index.ts";
import { writeProblem } from "./admin/problem.ts";
import type { CellContext } from "./cell-context.ts";
import type { Exchange } from "./exchange.ts";
import { CallerGoneError, GatewayError } from "./gateway-error.ts";
import { ledgerUnavailable } from "./ledger-unavailable.ts";
import { RecordUnavailableError } from "./records/content-record.ts";
import { outcomeOf } from "./outcome.ts";
import { writeAnswer } from "./write-answer.ts";

/** Ends the exchange: its outcome on disk first, then the caller's answer, if there is still a caller. */
export async function answerError(exchange: Exchange, thrown: unknown): Promise<void> {
  // What stopped the exchange is the cause; what the stages threw on the way out is its effect.
  const cause = exchange.signal.aborted ? exchange.signal.reason : thrown;
  const error = await settle(exchange, cause instanceof CallerGoneError ? null : typedError(exchange, cause));
  const { response } = exchange.arrival;
  if (error === null) response.destroy();
  else if (response.headersSent) endStream(exchange, error);
  else if (exchange.arrival.door === "admin") writeProblem(exchange, error);
  else writeError(exchange, error);
}

function typedError({ cell, arrival }: Exchange, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof LedgerUnavailableError) return ledgerUnavailable(cell);
  if (cause instanceof RecordUnavailableError) return recordsUnavailable(cell);
  cell.log({ event: "internal_error", cell: cell.cell, request: arrival.id, thrown: cause });
  return new GatewayError("gateway_internal", "an error of the gateway's own; its log names the request id");
}

/** Fails closed: an answer that must be kept and cannot be is not given. */
function recordsUnavailable(cell: CellContext): GatewayError {
  cell.meters.alarm("records_unavailable");
  cell.log({ event: "alarm", cell: cell.cell, alarm: "records_unavailable" });
  return new GatewayError(
    "gateway_records_unavailable",
    "the record of content that the tenant's policy asks for cannot be written",
  );
}

/** Closes the docket, if one is open. An outcome that cannot be recorded is an error of its own. */
async function settle(exchange: Exchange, error: GatewayError | null): Promise<GatewayError | null> {
  const { progress, arrival } = exchange;
  const hasBegun = arrival.response.headersSent;
  progress.error = error?.type ?? null;
  progress.status = hasBegun ? 200 : (error?.status ?? null);
  if (!progress.docket) return error;
  try {
    await progress.docket.close(outcomeOf(exchange, resultOf(error, hasBegun)));
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

function writeError(exchange: Exchange, error: GatewayError): void {
  const { retryAfterSeconds, type, message, param } = error;
  writeAnswer(exchange, {
    status: error.status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...error.headers,
      ...(retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
    body: formatOpenAiError({ type, message, param }),
  });
}

/** The last event is the error, and then the connection ends: no `[DONE]`, no made-up stop. */
function endStream(
  { arrival: { request, response } }: Exchange,
  { type, message, param }: GatewayError,
): void {
  response.end(formatOpenAiStreamError({ type, message, param }), () => request.socket.end());
}
