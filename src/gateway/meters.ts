import type { CellId, EndpointId } from "../base/index.ts";
import type { EventRefusal } from "./legal-register.ts";
import type { Health } from "../routing/index.ts";
import type { CopyState, LedgerState } from "../store/index.ts";
import {
  clientTokenUsage,
  type Histogram,
  type HistogramDefinition,
  type Metrics,
  serverRequestDuration,
  serverTimeToFirstToken,
} from "../telemetry/index.ts";
import type { ErrorType, TokenUsage } from "../wire/index.ts";

/** One finished request, as metrics see it. Every label is from the policy or a closed union. */
interface FinishedRequest {
  readonly endpoint: EndpointId | null;
  readonly region: string;
  readonly outcome: "complete" | "aborted" | ErrorType;
  readonly model: string | null;
  readonly engine: string | null;
  readonly durationMs: number;
  readonly firstChunkMs: number | null;
  readonly tokens: TokenUsage | null;
}

const alarmKinds = [
  "region_unavailable",
  "violation",
  "ledger_poisoned",
  "keys_unavailable",
  "records_unavailable",
  "worm_behind",
  "worm_halted",
  "witness_contradiction",
  "witness_quorum",
] as const;

type Alarm = (typeof alarmKinds)[number];

/** The gateway's metrics by what they mean, so that names and labels are in one place. */
export interface Meters {
  finished(request: FinishedRequest): void;
  inFlight(count: number): void;
  attempt(endpoint: EndpointId, result: string): void;
  breaker(endpoint: EndpointId, kind: Health["kind"]): void;
  alarm(alarm: Alarm): void;
  legalEvents(held: number): void;
  legalEventRefused(refusal: EventRefusal): void;
  policyRefused(isRefused: boolean): void;
  keysAvailable(areAvailable: boolean): void;
  copies(state: CopyState): void;
  /** A request to this cell as a witness, by the status of its answer. */
  witnessed(status: number): void;
  ledger(state: LedgerState, nowMs: number): void;
}

const breakerValues = { closed: 0, "half-open": 1, open: 2, quarantined: 3 } as const;

export function createMeters(metrics: Metrics, cell: CellId): Meters {
  const alarms = metrics.counter("bailiwick_alarms_total", "Conditions that a person must look at.");
  const attempts = metrics.counter("bailiwick_attempts_total", "Calls to endpoints by how they ended.");
  const breakers = metrics.gauge(
    "bailiwick_breaker_state",
    "Circuit of an endpoint: 0 closed, 1 half-open, 2 open, 3 quarantined.",
  );
  const legalEvents = metrics.gauge("bailiwick_legal_events", "Signed legal events that the cell holds.");
  const refusals = metrics.counter(
    "bailiwick_legal_events_refused_total",
    "Files that were put in as legal events and are none that count.",
  );
  const policyRefused = metrics.gauge(
    "bailiwick_policy_refused",
    "1 while the newest policy file is not in force and the last good one is.",
  );
  policyRefused.set({ cell }, 0);
  const witnessed = metrics.counter(
    "bailiwick_witness_requests_total",
    "Requests to this cell as a witness, by status: 200 was cosigned.",
  );
  const inFlight = metrics.gauge("bailiwick_requests_in_flight", "Requests that are being answered.");
  const keysAvailable = metrics.gauge(
    "bailiwick_keys_available",
    "1 while the key service answers; keys in memory go on without it.",
  );
  for (const kind of alarmKinds) alarms.add({ cell, kind }, 0);
  return {
    finished: requestMeter(metrics, cell),
    inFlight: (count) => inFlight.set({ cell }, count),
    attempt: (endpoint, result) => attempts.add({ cell, endpoint, result }),
    breaker: (endpoint, kind) => breakers.set({ cell, endpoint }, breakerValues[kind]),
    alarm: (kind) => alarms.add({ cell, kind }),
    legalEvents: (held) => legalEvents.set({ cell }, held),
    legalEventRefused: (refusal) => refusals.add({ cell, refusal }),
    policyRefused: (isRefused) => policyRefused.set({ cell }, isRefused ? 1 : 0),
    keysAvailable: (areAvailable) => keysAvailable.set({ cell }, areAvailable ? 1 : 0),
    witnessed: (status) => witnessed.add({ cell, status: String(status) }),
    ledger: ledgerMeter(metrics, cell),
    copies: copyMeter(metrics, cell),
  };
}

function requestMeter(metrics: Metrics, cell: CellId): (request: FinishedRequest) => void {
  const requests = metrics.counter("bailiwick_requests_total", "Requests by place, endpoint and outcome.");
  const histogram = ({ name, help, buckets }: HistogramDefinition): Histogram =>
    metrics.histogram(name, help, buckets);
  const durations = histogram(serverRequestDuration);
  const firstChunks = histogram(serverTimeToFirstToken);
  const tokens = histogram(clientTokenUsage);
  return (request) => {
    const { endpoint, region, outcome, model, engine } = request;
    requests.add({ cell, region, endpoint: endpoint ?? "none", outcome });
    if (model === null) return;
    const labels = {
      gen_ai_operation_name: "chat",
      gen_ai_provider_name: engine ?? "none",
      gen_ai_request_model: model,
    };
    durations.observe(
      { ...labels, error_type: outcome === "complete" ? "" : outcome },
      request.durationMs / 1_000,
    );
    if (request.firstChunkMs !== null) firstChunks.observe(labels, request.firstChunkMs / 1_000);
    if (request.tokens === null) return;
    tokens.observe({ ...labels, gen_ai_token_type: "input" }, request.tokens.promptTokens);
    tokens.observe({ ...labels, gen_ai_token_type: "output" }, request.tokens.completionTokens);
  };
}

type LedgerMeter = (state: LedgerState, nowMs: number) => void;

function witnessMeter(metrics: Metrics, cell: CellId): LedgerMeter {
  const missing = metrics.gauge(
    "bailiwick_quorum_missing_seconds",
    "For how long too few witnesses have cosigned the ledger; 0 while enough do.",
  );
  const size = metrics.gauge("bailiwick_witness_cosigned_size", "Entries that a witness has cosigned.");
  const age = metrics.gauge("bailiwick_witness_cosigned_age_seconds", "Since a witness has last cosigned.");
  const count = metrics.gauge("bailiwick_witness_cosignatures", "Cosignatures of a witness since the start.");
  return ({ quorumMissingSinceMs, witnesses }, nowMs) => {
    missing.set({ cell }, quorumMissingSinceMs === null ? 0 : (nowMs - quorumMissingSinceMs) / 1_000);
    for (const { name, cosignatureCount, lastCosigned } of witnesses) {
      const labels = { cell, witness: name };
      count.set(labels, cosignatureCount);
      if (lastCosigned === null) continue;
      size.set(labels, lastCosigned.size);
      age.set(labels, (nowMs - lastCosigned.atMs) / 1_000);
    }
  };
}

function ledgerMeter(metrics: Metrics, cell: CellId): LedgerMeter {
  const size = metrics.gauge("bailiwick_ledger_size", "Entries that are durable.");
  const sealed = metrics.gauge("bailiwick_ledger_sealed_size", "Entries under a signed checkpoint.");
  const pending = metrics.gauge("bailiwick_ledger_pending", "Appends that are not durable yet.");
  const writable = metrics.gauge("bailiwick_ledger_writable", "1 while the ledger takes entries.");
  const witnesses = witnessMeter(metrics, cell);
  return (state, nowMs) => {
    witnesses(state, nowMs);
    size.set({ cell }, state.size);
    sealed.set({ cell }, state.sealedSize);
    pending.set({ cell }, state.pendingCount);
    writable.set({ cell }, state.isWritable ? 1 : 0);
  };
}

/** Registered when there are copies, so that a cell without them does not say that they are up to date. */
function copyMeter(metrics: Metrics, cell: CellId): (state: CopyState) => void {
  return ({ status, behindEntries, lagMs, objectCount }) => {
    metrics
      .gauge("bailiwick_worm_behind_entries", "Entries under a checkpoint that are in no locked copy yet.")
      .set({ cell }, behindEntries);
    metrics
      .gauge("bailiwick_worm_lag_seconds", "Age of the oldest file that should be copied and is not.")
      .set({ cell }, lagMs / 1000);
    metrics
      .gauge("bailiwick_worm_objects", "Objects that were stored since the cell was started.")
      .set({ cell }, objectCount);
    metrics
      .gauge("bailiwick_worm_copying", "1 while the storage takes the copies, 0 while it does not.")
      .set({ cell }, status === "copying" ? 1 : 0);
  };
}
