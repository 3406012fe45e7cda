// RFC 9457. There is no page per problem, so `type` is `about:blank`, `title` the status's own phrase (§4.2.1), and the
// extension member `code` the word that programs switch on.
import { STATUS_CODES } from "node:http";
import type { Exchange } from "../exchange.ts";
import type { GatewayError } from "../gateway-error.ts";
import { writeAnswer } from "../write-answer.ts";
import { LifecycleError } from "../lifecycle/lifecycle-error.ts";

export function writeProblem(exchange: Exchange, error: LifecycleError | GatewayError): void {
  writeAnswer(exchange, {
    status: error.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...headersOf(error),
    },
    body: formatProblem(error),
  });
}

function headersOf(error: LifecycleError | GatewayError): Readonly<Record<string, string>> {
  if (!(error instanceof LifecycleError)) return error.headers;
  if (error.code === "unauthenticated") return { "www-authenticate": "Bearer" };
  return error.status === 503 ? { "retry-after": "5" } : {};
}

function formatProblem(error: LifecycleError | GatewayError): string {
  const { status, message } = error;
  const about = { type: "about:blank", title: STATUS_CODES[status], status, detail: message };
  if (error instanceof LifecycleError)
    return JSON.stringify({ ...error.particulars, ...about, code: error.code });
  return JSON.stringify({ ...about, code: error.type });
}
