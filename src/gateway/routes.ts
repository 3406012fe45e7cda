import type { Exchange } from "./exchange.ts";
import { GatewayError } from "./gateway-error.ts";
import { livez, metrics, readyz } from "./health-routes.ts";
import { listModels } from "./models.ts";
import { lifecycleRoutes } from "./admin/admin-routes.ts";
import { answerChat } from "./pipeline.ts";
import { witnessRoutes } from "./witness/witness-routes.ts";

type Handler = (exchange: Exchange) => Promise<void>;

export interface Route {
  /** Without a `pattern`, the path itself. */
  readonly path: string;
  readonly pattern?: RegExp;
  readonly method: "GET" | "POST";
  readonly handle: Handler;
  /** Answered while draining too. */
  readonly isHealth: boolean;
}

const healthRoutes: readonly Route[] = [
  { path: "/livez", method: "GET", handle: livez, isHealth: true },
  { path: "/readyz", method: "GET", handle: readyz, isHealth: true },
  { path: "/metrics", method: "GET", handle: metrics, isHealth: true },
];

export const adminRoutes: readonly Route[] = [...healthRoutes, ...lifecycleRoutes];

export const callerRoutes: readonly Route[] = [
  { path: "/v1/chat/completions", method: "POST", handle: answerChat, isHealth: false },
  { path: "/v1/models", method: "GET", handle: listModels, isHealth: false },
  ...witnessRoutes,
  ...healthRoutes,
];

export function routeFor(routes: readonly Route[], { arrival: { request } }: Exchange): Route {
  const path = request.url?.split("?", 1)[0] ?? "";
  const [route, ...others] = routes.filter(
    ({ path: known, pattern }) => pattern?.test(path) ?? known === path,
  );
  if (!route) throw new GatewayError("caller_unknown_route", "no such path");
  const wanted = [route, ...others].find(({ method }) => method === request.method);
  if (wanted) return wanted;
  const allow = [route, ...others].map(({ method }) => method).join(", ");
  throw new GatewayError("caller_method_not_allowed", `\`${route.path}\` takes ${allow} only`, {
    headers: { allow },
  });
}
