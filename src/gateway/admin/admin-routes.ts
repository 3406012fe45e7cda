// The admin API over HTTP: bearer token, small JSON bodies, problems as RFC 9457 says.
import { decodeUtf8 } from "../../base/index.ts";
import { isSameToken } from "../../keys/index.ts";
import type { Exchange } from "../exchange.ts";
import { readRequestBody } from "../read-body.ts";
import { headerOf } from "../request-headers.ts";
import type { Route } from "../routes.ts";
import { writeAnswer } from "../write-answer.ts";
import { LifecycleError } from "../lifecycle/lifecycle-error.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { writeProblem } from "./problem.ts";

const maxBodyBytes = 16 * 1024;

export const lifecycleRoutes: readonly Route[] = operations.map((operation) => ({
  path: operation.path,
  method: operation.method,
  handle: (exchange) => answer(exchange, operation),
  isHealth: false,
}));

async function answer(exchange: Exchange, operation: Operation): Promise<void> {
  exchange.progress.route = "admin";
  const output = await run(exchange, operation).catch((error: unknown) => {
    if (!(error instanceof LifecycleError)) throw error;
    writeProblem(exchange, error);
  });
  if (output === undefined) return;
  writeAnswer(exchange, {
    status: 200,
    // Some answers hold a key or a record's content.
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(output),
  });
}

async function run(exchange: Exchange, operation: Operation): Promise<unknown> {
  authenticate(exchange);
  const input = operation.method === "GET" ? queryOf(exchange) : await bodyOf(exchange);
  return operation.run(exchange.cell, input);
}

/** RFC 6750 §2.1 and §3. */
function authenticate({ arrival, cell }: Exchange): void {
  const given = /^bearer +([\x21-\x7e]+) *$/i.exec(headerOf(arrival.request, "authorization") ?? "")?.[1];
  if (given !== undefined && isSameToken(given, cell.adminToken)) return;
  throw new LifecycleError(
    "unauthenticated",
    "send `authorization: Bearer …` with the token in `keys/admin-token` of the cell's state",
  );
}

function queryOf({ arrival: { request } }: Exchange): unknown {
  return Object.fromEntries(new URLSearchParams((request.url ?? "").split("?")[1]));
}

async function bodyOf(exchange: Exchange): Promise<unknown> {
  const text = decodeUtf8(await readRequestBody(exchange, maxBodyBytes));
  try {
    return JSON.parse(text ?? "");
  } catch {
    throw new LifecycleError("invalid_request", "the body is no JSON object in UTF-8");
  }
}
