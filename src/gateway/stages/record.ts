import { importedAs } from "../imported.ts";
import { append, Docket, formatPosition } from "../docket.ts";
import type { Exchange } from "../exchange.ts";
import type { ContentRecord } from "../records/content-record.ts";
import { decisionEntry, type Matter, type PermitRuling, type Ruling } from "../matter.ts";

const dayMs = 24 * 60 * 60 * 1000;

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
    record: beginRecord(exchange, matter),
    importedAs: importedAs(exchange),
  });
  progress.docket = docket;
  docket.ready.then(
    (position) => {
      receipt.ledger = formatPosition(position);
    },
    (error: Error) => exchange.stop(error),
  );
  return docket;
}

/** Of what was asked, and later of what was answered, if the tenant has its requests kept. */
function beginRecord(
  { cell, arrival }: Exchange,
  { caller: { tenant }, chat, key }: Matter,
): Promise<ContentRecord> | null {
  if (tenant.recordDays === null || chat === null) return null;
  const keptUntilMs = arrival.receivedAtMs + tenant.recordDays * dayMs;
  const handle = cell.vault.tenantHandle(tenant.id);
  return cell.records.begin({ rid: arrival.id, tenant: handle, key, keptUntilMs }, chat.body);
}
