// How a simulated engine refuses, in vLLM's words.
import { formatSseData } from "../../wire/index.ts";

export interface VllmError {
  readonly status: 400 | 404 | 413 | 500 | 503;
  readonly message: string;
  readonly param: string | null;
}

export function formatVllmError({ status, message, param }: VllmError): string {
  return JSON.stringify({ error: { message, type: vllmErrorTypes[status], param, code: status } });
}

/** vLLM closes a stream with `[DONE]` after an error too. */
export function formatVllmErrorEvent(error: VllmError): string {
  return formatSseData(formatVllmError(error)) + formatSseData("[DONE]");
}

export const internalError: VllmError = { status: 500, message: "simulated failure", param: null };

const vllmErrorTypes = {
  400: "BadRequestError",
  404: "NotFoundError",
  413: "RequestEntityTooLarge",
  500: "InternalServerError",
  503: "ServiceUnavailableError",
} as const;
