// RFC 9457. There is no page per problem, so `type` is `about:blank`, `title` the status's own phrase (§4.2.1), and the
// extension member `code` the word that programs switch on.
import { reasonPhrases } from "../../http1/index.ts";
import { LifecycleError } from "../../privacy/index.ts";
import type { ErrorWords } from "../exchange/error-words.ts";
import type { GatewayError } from "../exchange/gateway-error.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import { writeAnswer } from "../reply/write-answer.ts";

/** How errors are told on the admin listener. Nothing there is a stream. */
export const problemWords: ErrorWords = {
  contentType: "application/problem+json",
  format: formatProblem,
  formatEvent: formatProblem,
};

export async function writeProblem(exchange: ServedRequest, error: LifecycleError): Promise<void> {
  await writeAnswer(exchange, {
    status: error.status,
    headers: {
      "content-type": problemWords.contentType,
      "cache-control": "no-store",
      ...headersOf(error),
    },
    body: formatProblem(error),
  });
}

function headersOf(error: LifecycleError): Readonly<Record<string, string>> {
  if (error.code === "unauthenticated") return { "www-authenticate": "Bearer" };
  return error.status === 503 ? { "retry-after": "5" } : {};
}

function formatProblem(error: LifecycleError | GatewayError): string {
  const { status, message } = error;
  const about = { type: "about:blank", title: reasonPhrases[status], status, detail: message };
  if (error instanceof LifecycleError)
    return JSON.stringify({ ...error.particulars, ...about, code: error.code });
  return JSON.stringify({ ...about, code: error.type });
}
