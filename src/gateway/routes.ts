// The paths of the two listeners.
import { operations } from "../wire/index.ts";
import { preflightHeaders } from "./reply/cross-origin.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { Route } from "./exchange/route.ts";
import type { ServedRequest } from "./exchange/served-request.ts";
import { lifecycleRoutes } from "./operator/admin-routes.ts";
import { counterRoute } from "./operator/counter-route.ts";
import { limitRoute } from "./operator/limit-route.ts";
import { livez, metrics, readyz, readyzForOperators } from "./operator/health-routes.ts";
import { regionRoute } from "./operator/region-route.ts";
import type { OperatorRequest } from "./operator/operator-request.ts";
import { createWitnessRoutes } from "./operator/witness-routes.ts";
import { writeAnswer } from "./reply/write-answer.ts";
import { serverOf } from "./serve-operation.ts";

const livezRoute: Route<ServedRequest> = { path: "/livez", method: "GET", handle: livez, isHealth: true };

export const adminRoutes: readonly Route<OperatorRequest>[] = [
  livezRoute,
  { path: "/readyz", method: "GET", handle: readyzForOperators, isHealth: true },
  { path: "/metrics", method: "GET", handle: metrics, isHealth: true },
  ...lifecycleRoutes,
  counterRoute,
  limitRoute,
  regionRoute,
];

// The witness belongs to the control thread. While there is one thread its paths stay on the callers' listener, where
// other cells look for them; with several, each gateway thread passes what comes here on to the control thread.
export function createCallerRoutes(corsOrigins: readonly string[]): readonly Route<Exchange>[] {
  return [
    ...operationRoutes,
    ...(corsOrigins.length === 0 ? [] : preflights),
    ...createWitnessRoutes(),
    livezRoute,
    { path: "/readyz", method: "GET", handle: readyz, isHealth: true },
  ];
}

const operationRoutes: readonly Route<Exchange>[] = operations.flatMap((operation) =>
  [operation.path, ...(operation.aliases ?? [])].map((path) => {
    const pattern = path.includes("{") ? patternOf(path) : null;
    return {
      path,
      isAlias: path !== operation.path,
      ...(pattern && { pattern }),
      method: operation.method,
      handle: serverOf(operation, pattern),
      isHealth: false,
    };
  }),
);

/** A `{model}` takes the rest of a path: names of models hold slashes, and not every client escapes them. */
function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(".", "\\.").replace(/\{model\}$/, "(.+)");
  return new RegExp(`^${escaped.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
}

/** One for each path, whatever it takes. */
const preflights = Array.from(Map.groupBy(operationRoutes, ({ path }) => path).values(), preflightOf);

function preflightOf(ofPath: readonly Route<Exchange>[]): Route<Exchange> {
  const [first] = ofPath;
  if (first === undefined) throw new TypeError("a path has a route");
  const allow = [...ofPath.map(({ method }) => method), "OPTIONS"].join(", ");
  return {
    ...first,
    method: "OPTIONS",
    handle: (exchange) =>
      writeAnswer(exchange, { status: 204, headers: preflightHeaders(exchange.head, allow), body: "" }),
  };
}
