import type { RequestHead } from "./channel.ts";
import { GatewayError } from "./gateway-error.ts";
import type { ServedRequest } from "./served-request.ts";

/** A path of a listener, for the kind of request that comes by it. */
export interface Route<Request extends ServedRequest> {
  /** Without a `pattern`, the path itself. */
  readonly path: string;
  /** Another name of a path that is there, which nobody need be told of. */
  readonly isAlias?: boolean;
  readonly pattern?: RegExp;
  readonly method: "GET" | "POST" | "DELETE" | "OPTIONS";
  readonly handle: (request: Request) => Promise<void>;
  /** Answered while draining too. */
  readonly isHealth: boolean;
}

export function routeFor<Request extends ServedRequest>(
  routes: readonly Route<Request>[],
  { method, target }: RequestHead,
): Route<Request> {
  // What a GET would say, without its body (RFC 9110 §9.3.2).
  const meant = method === "HEAD" ? "GET" : method;
  const path = target.split("?", 1)[0] ?? "";
  const exact = routes.find((route) => route.path === path && route.method === meant);
  if (exact) return exact;
  const [route, ...others] = routes.filter(
    ({ path: known, pattern }) => pattern?.test(path) ?? known === path,
  );
  if (!route) throw unknownRoute(routes);
  const wanted = [route, ...others].find((candidate) => candidate.method === meant);
  if (wanted) return wanted;
  const allow = [route, ...others].map((candidate) => allowedBy(candidate.method)).join(", ");
  throw new GatewayError("caller_method_not_allowed", `\`${route.path}\` takes ${allow} only`, {
    headers: { allow },
  });
}

function allowedBy(method: Route<never>["method"]): string {
  return method === "GET" ? "GET, HEAD" : method;
}

/** It does not repeat the path, which is the caller's text. */
function unknownRoute(routes: readonly Route<never>[]): GatewayError {
  const known = routes
    .filter(({ method, isAlias }) => method !== "OPTIONS" && isAlias !== true)
    .map(({ method, path }) => `\`${method} ${path}\``)
    .join(", ");
  return new GatewayError("caller_unknown_route", `no such path here; there are ${known}`);
}
