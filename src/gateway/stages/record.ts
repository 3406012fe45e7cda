import { importedAs } from "../identify/imported.ts";
import type { InstantMs } from "../../base/index.ts";
import { append, formatPosition, stamp } from "../../store/index.ts";
import type { RequestView } from "../../wire/index.ts";
import { type DecisionPlan, decisionPlan } from "../plans/decision-plan.ts";
import { recordedInTime } from "../exchange/in-time.ts";
import { OpenDecision, type OpenDecisionOptions } from "../exchange/open-decision.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { outcomeOf } from "../reply/outcome.ts";
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
  request: PermittedRequest,
  ruling: PermitRuling,
): OpenDecision {
  const { cell, arrival, progress, inForce } = exchange;
  const { caller, key, view, revision } = request;
  const plan = decisionPlan(exchange, request, ruling);
  const { n, ts } = stamp(cell);
  const req = key.commit("req/v1", view.body);
  const decision = new OpenDecision(cell, {
    rid: arrival.id,
    entry: plan.entry.write({ n, ts, rid: arrival.id, revision, subject: key.handle, req }),
    permit: plan.permit,
    allowed: plan.allowed,
    key,
    record: recordOf(exchange, request),
    peerOf: (id) => inForce.policy.endpoints.get(id)?.peer ?? null,
    // It came here once, however often it is decided.
    importedAs: revision === 0 ? importedAs(exchange, caller) : null,
    // Before anything can leave: so of two requests at once, the second is decided with the first one's people.
    settle: holdInTally(exchange, request, { ts, plan }),
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

/** The decision does not hold any more: the request lives under the events of now. */
export async function endOvertaken(exchange: Exchange, decision: OpenDecision): Promise<void> {
  await decision.close(outcomeOf(exchange, decision, "redecided"));
  exchange.progress.decision = null;
  exchange.underPresentEvents();
}

interface PermittedRequest extends DecisionRequest {
  readonly view: RequestView;
}

interface Recorded {
  readonly ts: InstantMs;
  readonly plan: DecisionPlan;
}

/** Null for a tenant that no law counts. */
function holdInTally(
  { cell }: Exchange,
  { caller }: DecisionRequest,
  { ts, plan: { classes, allowed } }: Recorded,
): OpenDecisionOptions["settle"] {
  const tally = cell.tally.of(caller.tenant.id);
  return tally === undefined ? null : tally.hold({ ts: countedMs(ts, cell), classes, allowed });
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
