// What operators see of counters of people: whoever attests has to know where they stand.
import type { Route } from "../exchange/route.ts";
import { allStandings, countingMs, type Standing } from "../shared/counter-standing.ts";
import { answerOperator } from "./admin-routes.ts";
import type { OperatorRequest } from "./operator-request.ts";

export const counterRoute: Route<OperatorRequest> = {
  path: "/admin/counters",
  method: "GET",
  handle: (exchange) =>
    answerOperator(exchange, async () => {
      const { cell, policy } = exchange;
      return { counters: allStandings(cell.tally, policy, countingMs(cell)).map(told) };
    }),
  isHealth: false,
};

function told({ tenant, volume, sinceMs, requests }: Standing): unknown {
  const { counter, attested, persons, thresholds } = volume;
  const sent = requests === null ? null : requests * persons;
  return { tenant, counter, attested, sinceMs, sent, thresholds };
}
