import { append, Docket, formatPosition } from "../docket.ts";
import type { Exchange } from "../exchange.ts";
import { decisionEntry, type Matter, type PermitRuling, type Ruling } from "../matter.ts";

/** Passes a permit on. A refusal is an entry too, durable before the caller hears of it. */
export async function uphold(exchange: Exchange, matter: Matter, ruling: Ruling): Promise<PermitRuling> {
  if (ruling.kind === "permit") return ruling;
  const { cell, receipt } = exchange;
  const position = await append(cell, decisionEntry(exchange, matter, ruling), { kind: "none" });
  receipt.ledger = formatPosition(position);
  throw ruling.error;
}

/** Starts to record the decision to permit. If it cannot be recorded, the exchange is stopped at once. */
export function openDocket(exchange: Exchange, matter: Matter, ruling: PermitRuling): Docket {
  const { cell, progress, receipt } = exchange;
  const decision = decisionEntry(exchange, matter, ruling);
  const docket = new Docket(cell, {
    decision,
    permit: ruling.permit,
    answer: matter.key.commitment("res/v1"),
  });
  progress.docket = docket;
  docket.durable.then(
    (position) => {
      receipt.ledger = formatPosition(position);
    },
    (error: Error) => exchange.stop(error),
  );
  return docket;
}
