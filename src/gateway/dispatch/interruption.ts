// What becomes of a call whose answer has begun, and breaks off. After the first event the endpoint is never switched: what was
// said cannot be unsaid.
import { UpstreamError } from "../../providers/index.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { ReaderOptions } from "./answer-reader.ts";
import { EvidenceError, recordViolation } from "./evidence.ts";
import { answeredBy, AttemptError, judge, ofUpstream, wordOf } from "./failure.ts";
import { noteFailure } from "./note-failure.ts";

/** An event says that the engine failed, or that the request is at fault. */
export function errorInStream(body: unknown): Error {
  const judged = judge(answeredBy(body));
  return "failure" in judged ? new AttemptError(judged.failure) : judged.rejection;
}

/** Resolves with what the caller hears of it; what is no failure of the call is itself. */
export async function interruption(
  { exchange, request, open, lease }: Pick<ReaderOptions, "exchange" | "request" | "open" | "lease">,
  error: unknown,
): Promise<unknown> {
  await recordViolation(exchange, request.decision, error);
  if (exchange.stopReason !== null) return error;
  if (error instanceof EvidenceError) return byEvidence(error);
  if (error instanceof GatewayError && error.type === "provider_rejected") {
    open.noteFailure("rejected");
    const { message, code, param } = error;
    return new GatewayError("provider_interrupted", message, { code, ...(param !== null && { param }) });
  }
  const isFailure = error instanceof AttemptError || error instanceof UpstreamError;
  if (!isFailure) return error;
  const failure = error instanceof AttemptError ? error.failure : ofUpstream(error);
  const { model, caller } = request;
  noteFailure(exchange, failure, { attempt: open, lease, model: model.alias, caller });
  return new GatewayError("provider_interrupted", `the answer broke off: \`${wordOf(failure)}\``);
}

function byEvidence({ fault, attempt }: EvidenceError): GatewayError {
  const reason = fault === "elsewhere" ? "it was computed elsewhere" : "nothing shows where it was computed";
  attempt.noteFailure(`evidence_${fault}`);
  return new GatewayError("provider_interrupted", `the answer was stopped: ${reason}`);
}
