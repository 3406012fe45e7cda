import { append, Docket } from "../docket.ts";
import type { Exchange } from "../exchange.ts";
import { decisionEntry, type Matter, type PermitRuling, type Ruling } from "../matter.ts";

/** Passes a permit on. A refusal is an entry too, durable before the caller hears of it. */
export async function uphold(exchange: Exchange, matter: Matter, ruling: Ruling): Promise<PermitRuling> {
  if (ruling.kind === "permit") return ruling;
  const { cell, receipt } = exchange;
  const index = await append(cell, decisionEntry(exchange, matter, ruling), { kind: "none" });
  receipt.ledger = `${cell.ledger.origin}#${index}`;
  throw ruling.error;
}

/** Starts to record the decision to permit. If it cannot be recorded, the exchange is stopped at once. */
export function openDocket(exchange: Exchange, matter: Matter, ruling: PermitRuling): Docket {
  const { cell, arrival, progress, receipt } = exchange;
  const key = cell.vault.subjectKey(matter.caller.tenant.id, arrival.receivedAtMs);
  const decision = decisionEntry(exchange, matter, ruling);
  const docket = new Docket(cell, { decision, permit: ruling.permit, answer: key.commitment("res/v1") });
  progress.docket = docket;
  docket.durable.then(
    (index) => {
      receipt.ledger = `${cell.ledger.origin}#${index}`;
    },
    (error: Error) => exchange.stop(error),
  );
  return docket;
}
