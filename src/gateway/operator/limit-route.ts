// What operators see of limits: how much of each is left.
import type { Route } from "../exchange/route.ts";
import { answerOperator } from "./admin-routes.ts";
import type { OperatorRequest } from "./operator-request.ts";

export const limitRoute: Route<OperatorRequest> = {
  path: "/admin/limits",
  method: "GET",
  handle: (exchange) =>
    answerOperator(exchange, async () => ({ limits: await exchange.cell.gateways.limits() })),
  isHealth: false,
};
