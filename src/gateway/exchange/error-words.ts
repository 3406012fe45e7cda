import { formatOpenAiError, formatOpenAiStreamError } from "../../wire/index.ts";
import type { GatewayError } from "./gateway-error.ts";

/** How errors are told to whoever is expected on a way in: the words of a dialect, or RFC 9457. */
export interface ErrorWords {
  readonly contentType: string;
  readonly format: (error: GatewayError) => string;
  /** The last event of a stream that broke off, framed. */
  readonly formatEvent: (error: GatewayError) => string;
}

/** For callers, as long as nobody knows which operation they want. */
export const defaultWords: ErrorWords = {
  contentType: "application/json",
  format: formatOpenAiError,
  formatEvent: formatOpenAiStreamError,
};
