import { importedAs } from "../identify/imported.ts";
import { append, formatPosition } from "../../store/index.ts";
import { recordedInTime } from "../exchange/in-time.ts";
import { OpenDecision, type OpenDecisionOptions } from "../exchange/open-decision.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { DecisionEntry } from "../../ledger/index.ts";
import type { ContentRecord } from "../../privacy/index.ts";
import { countedMs } from "../shared/counter-standing.ts";
import {
  decisionEntry,
  type DecisionRequest,
  type PermitRuling,
  type RefusalRuling,
} from "../exchange/ruling.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** A refusal is an entry too, durable before the caller hears of it: then it is thrown. */
export async function recordRefusal(
  exchange: Exchange,
  request: DecisionRequest,
  ruling: RefusalRuling,
): Promise<never> {
  const { cell, progress } = exchange;
  const entry = decisionEntry(exchange, request, ruling);
  const position = await recordedInTime(cell, append(cell, entry, { kind: "none" }));
  progress.ledger = formatPosition(position);
  throw ruling.error;
}

/** Starts to record the decision to permit. If it cannot be recorded, the exchange is stopped at once. */
export function openDecision(
  exchange: Exchange,
  request: DecisionRequest,
  ruling: PermitRuling,
): OpenDecision {
  const { cell, progress, inForce } = exchange;
  const entry = decisionEntry(exchange, request, ruling);
  const decision = new OpenDecision(cell, {
    decision: entry,
    permit: ruling.permit,
    key: request.key,
    record: recordOf(exchange, request),
    peerOf: (id) => inForce.policy.endpoints.get(id)?.peer ?? null,
    // It came here once, however often it is decided.
    importedAs: request.revision === 0 ? importedAs(exchange, request.caller) : null,
    // Before anything can leave: so of two requests at once, the second is decided with the first one's people.
    settle: holdInTally(exchange, request, entry),
  });
  progress.decision = decision;
  decision.ready.then(
    (position) => {
      progress.ledger = formatPosition(position);
    },
    (error: Error) => exchange.stop(error),
  );
  return decision;
}

/** Null for a tenant that no law counts. */
function holdInTally(
  { cell }: Exchange,
  { caller }: DecisionRequest,
  entry: DecisionEntry,
): OpenDecisionOptions["settle"] {
  const tally = cell.tally.of(caller.tenant.id);
  return tally === undefined ? null : tally.hold({ ...entry, ts: countedMs(entry.ts, cell) });
}

/** One of the whole request, begun with its first decision. */
function recordOf(exchange: Exchange, request: DecisionRequest): Promise<ContentRecord> | null {
  exchange.progress.record ??= beginRecord(exchange, request);
  return exchange.progress.record;
}

/** Of what was asked, and later of what was answered, if the tenant has its requests kept. */
function beginRecord(
  { cell, arrival }: Exchange,
  { caller: { tenant }, view, key }: DecisionRequest,
): Promise<ContentRecord> | null {
  if (tenant.recordDays === null || view === null) return null;
  // By a clock that was set back it would be over too soon, as soon as the clocks agree again.
  const fromMs = Math.max(arrival.receivedAtMs, cell.ledger.state().clock.settledMs);
  const keptUntilMs = fromMs + tenant.recordDays * dayMs;
  const handle = cell.vault.tenantHandle(tenant.id);
  return cell.records.begin({ rid: arrival.id, tenant: handle, key, keptUntilMs }, view.body);
}
