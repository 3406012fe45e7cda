// The admin API over HTTP: bearer token, small JSON bodies, problems as RFC 9457 says.
import { decodeUtf8, isObject, parseJson } from "../../base/index.ts";
import { isSameToken } from "../../keys/index.ts";
import { headerOf, queryOf } from "../exchange/request-headers.ts";
import type { Route } from "../exchange/route.ts";
import { writeAnswer } from "../reply/write-answer.ts";
import { LifecycleError, type AdminAction, adminActions } from "../../privacy/index.ts";
import { scanJsonObject } from "../../wire/index.ts";
import type { OperatorRequest } from "./operator-request.ts";
import { writeProblem } from "./problem.ts";

const maxBodyBytes = 64 * 1024;

export const lifecycleRoutes: readonly Route<OperatorRequest>[] = adminActions.map((action) => ({
  path: action.path,
  method: action.method,
  handle: (exchange) => answerOperator(exchange, () => run(exchange, action)),
  isHealth: false,
}));

/** Does `act` for whoever has the admin token, and for nobody else. */
export async function answerOperator(exchange: OperatorRequest, act: () => Promise<unknown>): Promise<void> {
  exchange.progress.route = "admin";
  let output: unknown;
  try {
    authenticate(exchange);
    output = await act();
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error;
    return writeProblem(exchange, error);
  }
  await writeAnswer(exchange, {
    status: 200,
    // Some answers hold a key or a record's content.
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(output),
  });
}

async function run(exchange: OperatorRequest, action: AdminAction): Promise<unknown> {
  const input = action.method === "GET" ? membersOf(exchange) : await bodyOf(exchange);
  return action.run(exchange.cell, input);
}

/** RFC 6750 §2.1 and §3. */
function authenticate({ head, cell }: OperatorRequest): void {
  const given = /^bearer +([\x21-\x7e]+) *$/i.exec(headerOf(head, "authorization") ?? "")?.[1];
  if (given !== undefined && isSameToken(given, cell.adminToken)) return;
  throw new LifecycleError(
    "unauthenticated",
    "send `authorization: Bearer …` with the token in `keys/admin-token` of the cell's state",
  );
}

function membersOf({ head }: OperatorRequest): unknown {
  const query = queryOf(head);
  const members = Object.fromEntries(query);
  if (query.size !== Object.keys(members).length) throw givenTwice();
  return members;
}

/** Of two subjects one would be erased, or held, and the other passed over. */
function givenTwice(): LifecycleError {
  return new LifecycleError("invalid_request", "a member is given twice");
}

async function bodyOf(exchange: OperatorRequest): Promise<unknown> {
  const body = await exchange.arrival.channel.body(maxBodyBytes, exchange);
  const value = parseJson(decodeUtf8(body) ?? "");
  if (!isObject(value)) {
    throw new LifecycleError("invalid_request", "the body is no JSON object in UTF-8");
  }
  // What is an object already is refused by this scan for nothing but a name that stands in it twice, or for its depth.
  if (!scanJsonObject(body).ok) throw givenTwice();
  return value;
}
