// Owner: the thread whose registry it writes to; a scrape merges those of all.
import {
  type CellId,
  elapsedMs,
  type EndpointId,
  type ModelAlias,
  type MonotonicMs,
} from "../../base/index.ts";
import type { Capacity } from "./capacity.ts";
import { type CacheMeters, cacheMeters } from "./cache-meters.ts";
import { type LoadMeters, loadMeters } from "./load-meters.ts";
import type { EventRefusal } from "../in-force/legal-register.ts";
import type { Circuit, Health } from "../../routing/index.ts";
import type { OutcomeEntry } from "../../ledger/index.ts";
import type { CopyState, LedgerState } from "../../store/index.ts";
import {
  type Alarm,
  alarms as alarmKinds,
  clientTokenUsage,
  type Counter,
  type Histogram,
  type HistogramDefinition,
  type Metrics,
  serverRequestDuration,
  serverTimeToFirstToken,
} from "../../telemetry/index.ts";
import type { ErrorType, TokenUsage } from "../../wire/index.ts";

/** One finished request, as metrics see it. Every label is from the policy or a closed union. */
interface FinishedRequest {
  readonly endpoint: EndpointId | null;
  readonly region: string;
  readonly outcome: OutcomeEntry["result"] | ErrorType;
  /** `gen_ai.operation.name`; null where no engine answers. */
  readonly operation: string | null;
  readonly model: string | null;
  readonly engine: string | null;
  readonly durationMs: number;
  readonly firstChunkMs: number | null;
  readonly tokens: TokenUsage | null;
}

/** The gateway's metrics by what they mean, so that names and labels are in one place. */
export interface Meters extends LoadMeters, CacheMeters {
  finished(request: FinishedRequest): void;
  inFlight(count: number): void;
  /** Open ones of callers. */
  connections(open: number): void;
  /** A connection was closed, or not taken, for want of room. */
  crowded(): void;
  bytesInFlight(held: number): void;
  /** Of the whole cell. */
  capacity(capacity: Capacity): void;
  attempt(endpoint: EndpointId, result: string): void;
  attemptFailed(endpoint: EndpointId, failure: string, cause: string): void;
  breaker(endpoint: EndpointId, kind: Health["kind"]): void;
  circuit(endpoint: EndpointId, model: ModelAlias, kind: Circuit["kind"]): void;
  alarm(alarm: Alarm): void;
  legalEvents(held: number): void;
  legalEventRefused(refusal: EventRefusal): void;
  policyRefused(isRefused: boolean): void;
  keysAvailable(areAvailable: boolean): void;
  copies(state: CopyState): void;
  /** A request to this cell as a witness, by the status of its answer. */
  witnessed(status: number): void;
  /** Of the log, since the start. */
  droppedLogLines(count: number): void;
  ledger(state: LedgerState, nowMs: MonotonicMs): void;
}

const breakerValues = { closed: 0, "half-open": 1, open: 2, quarantined: 3 } as const;

export function createMeters(metrics: Metrics, cell: CellId): Meters {
  const alarms = metrics.counter("bailiwick_alarms_total", "Conditions that a person must look at.");
  const attempts = metrics.counter("bailiwick_attempts_total", "Calls to endpoints by how they ended.");
  const breakers = metrics.gauge(
    "bailiwick_breaker_state",
    "Circuit of an endpoint: 0 closed, 1 half-open, 2 open, 3 quarantined.",
  );
  const circuits = metrics.gauge(
    "bailiwick_model_circuit_state",
    "Circuit of an endpoint for one model, once it has changed: 0 closed, 1 half-open, 2 open.",
  );
  const failures = metrics.counter(
    "bailiwick_attempt_failures_total",
    "Calls to endpoints that failed, by how and why.",
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
  const inFlight = metrics
    .gauge("bailiwick_requests_in_flight", "Requests that are being answered.")
    .of({ cell });
  const keysAvailable = metrics.gauge(
    "bailiwick_keys_available",
    "1 while the key service answers; keys in memory go on without it.",
  );
  for (const kind of alarmKinds) alarms.add({ cell, kind }, 0);
  const attemptsOf = remembered((endpoint, result) => attempts.of({ cell, endpoint, result }));
  return {
    finished: requestMeter(metrics, cell),
    ...admissionMeters(metrics, cell),
    ...loadMeters(metrics, cell),
    ...cacheMeters(metrics, cell),
    inFlight: (count) => inFlight.set(count),
    attempt: (endpoint, result) => attemptsOf(endpoint, result).add(),
    attemptFailed: (endpoint, failure, cause) => failures.add({ cell, endpoint, failure, cause }),
    circuit: (endpoint, model, kind) => circuits.set({ cell, endpoint, model }, breakerValues[kind]),
    breaker: (endpoint, kind) => breakers.set({ cell, endpoint }, breakerValues[kind]),
    alarm: (kind) => alarms.add({ cell, kind }),
    legalEvents: (held) => legalEvents.set({ cell }, held),
    legalEventRefused: (refusal) => refusals.add({ cell, refusal }),
    policyRefused: (isRefused) => policyRefused.set({ cell }, isRefused ? 1 : 0),
    keysAvailable: (areAvailable) => keysAvailable.set({ cell }, areAvailable ? 1 : 0),
    droppedLogLines: droppedLinesMeter(metrics, cell),
    witnessed: (status) => witnessed.add({ cell, status: String(status) }),
    ledger: ledgerMeter(metrics, cell),
    copies: copyMeter(metrics, cell),
  };
}

type AdmissionMeters = Pick<Meters, "connections" | "crowded" | "bytesInFlight" | "capacity">;

function admissionMeters(metrics: Metrics, cell: CellId): AdmissionMeters {
  const connections = metrics.gauge("bailiwick_connections", "Open connections of callers.").of({ cell });
  const bytes = metrics
    .gauge("bailiwick_bytes_in_flight", "Bodies and whole answers that are held.")
    .of({ cell });
  const crowded = metrics.counter(
    "bailiwick_connections_crowded_total",
    "Connections that were closed, or not taken, for want of room.",
  );
  crowded.add({ cell }, 0);
  return {
    connections: (open) => connections.set(open),
    crowded: () => crowded.add({ cell }),
    bytesInFlight: (held) => bytes.set(held),
    capacity({ descriptors, connections: callers, upstreamConnections, bytesInFlight }) {
      const capacity = metrics.gauge("bailiwick_capacity", "What the cell may use at once, by resource.");
      capacity.set({ cell, resource: "descriptors" }, descriptors);
      capacity.set({ cell, resource: "connections" }, callers);
      capacity.set({ cell, resource: "upstream_connections" }, upstreamConnections);
      capacity.set({ cell, resource: "bytes_in_flight" }, bytesInFlight);
    },
  };
}

function droppedLinesMeter(metrics: Metrics, cell: CellId): (count: number) => void {
  const dropped = metrics.counter(
    "bailiwick_log_lines_dropped_total",
    "Lines of the log that were dropped because its reader stalled or left.",
  );
  let told = 0;
  dropped.add({ cell }, 0);
  return (count) => {
    dropped.add({ cell }, Math.max(0, count - told));
    told = Math.max(told, count);
  };
}

function requestMeter(metrics: Metrics, cell: CellId): (request: FinishedRequest) => void {
  const requests = metrics.counter("bailiwick_requests_total", "Requests by place, endpoint and outcome.");
  const histogram = ({ name, help, buckets }: HistogramDefinition): Histogram =>
    metrics.histogram(name, help, buckets);
  const durationOf = byCall(histogram(serverRequestDuration), "error_type");
  const firstChunkOf = byCall(histogram(serverTimeToFirstToken));
  const tokensOf = byCall(histogram(clientTokenUsage), "gen_ai_token_type");
  const requestsOf = remembered((region, endpoint, outcome): RequestSeries => ({
    requests: requests.of({ cell, region, endpoint, outcome }),
  }));
  return ({
    endpoint,
    region,
    outcome,
    operation,
    model,
    engine,
    durationMs,
    firstChunkMs,
    tokens: used,
  }) => {
    const provider = engine ?? "none";
    // Found once: the words of the call, where it is one, tell all its series apart.
    const series = requestsOf(region, endpoint ?? "none", outcome, operation ?? "", provider, model ?? "");
    series.requests.add();
    if (model === null || operation === null) return;
    series.duration ??= durationOf(operation, provider, model, outcome === "complete" ? "" : outcome);
    series.duration.observe(durationMs / 1_000);
    if (firstChunkMs !== null) {
      series.firstChunk ??= firstChunkOf(operation, provider, model);
      series.firstChunk.observe(firstChunkMs / 1_000);
    }
    if (used === null) return;
    series.input ??= tokensOf(operation, provider, model, "input");
    series.input.observe(used.promptTokens);
    series.output ??= tokensOf(operation, provider, model, "output");
    series.output.observe(used.completionTokens);
  };
}

type HistogramSeries = ReturnType<Histogram["of"]>;

/** What requests that are alike are counted in. One that nobody has observed is none: a scrape shows no empty histogram. */
interface RequestSeries {
  readonly requests: ReturnType<Counter["of"]>;
  duration?: HistogramSeries;
  firstChunk?: HistogramSeries;
  input?: HistogramSeries;
  output?: HistogramSeries;
}

type SeriesOf<Series> = (...words: readonly string[]) => Series;

/** Words are those of the semantic conventions for a call to a model, and of one more label. */
function byCall(histogram: Histogram, label?: string): SeriesOf<HistogramSeries> {
  return (operation = "", provider = "", model = "", word = "") =>
    histogram.of({
      gen_ai_operation_name: operation,
      gen_ai_provider_name: provider,
      gen_ai_request_model: model,
      ...(label === undefined ? {} : { [label]: word }),
    });
}

/** Reloads bring new names; the old ones must not stay for ever. */
const maxRemembered = 4_096;

/** Finds a series once for the words that tell it from others. */
function remembered<Series>(find: SeriesOf<Series>): SeriesOf<Series> {
  const known = new Map<string, Series>();
  return (...words) => {
    const key = words.join("\n");
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= maxRemembered) known.clear();
    const series = find(...words);
    known.set(key, series);
    return series;
  };
}

type LedgerMeter = (state: LedgerState, nowMs: MonotonicMs) => void;

function witnessMeter(metrics: Metrics, cell: CellId): LedgerMeter {
  const missing = metrics.gauge(
    "bailiwick_quorum_missing_seconds",
    "For how long too few witnesses have cosigned the ledger; 0 while enough do.",
  );
  const size = metrics.gauge("bailiwick_witness_cosigned_size", "Entries that a witness has cosigned.");
  const age = metrics.gauge("bailiwick_witness_cosigned_age_seconds", "Since a witness has last cosigned.");
  const count = metrics.gauge("bailiwick_witness_cosignatures", "Cosignatures of a witness since the start.");
  return ({ quorumMissingSinceMs, witnesses }, nowMs) => {
    missing.set({ cell }, quorumMissingSinceMs === null ? 0 : elapsedMs(quorumMissingSinceMs, nowMs) / 1_000);
    for (const { name, cosignatureCount, lastCosigned } of witnesses) {
      const labels = { cell, witness: name };
      count.set(labels, cosignatureCount);
      if (lastCosigned === null) continue;
      size.set(labels, lastCosigned.size);
      age.set(labels, elapsedMs(lastCosigned.atMs, nowMs) / 1_000);
    }
  };
}

function clockMeter(metrics: Metrics, cell: CellId): (state: LedgerState) => void {
  const held = metrics.gauge(
    "bailiwick_clock_held",
    "1 while the clocks disagree, and nothing that cannot be undone is done.",
  );
  const difference = metrics.gauge(
    "bailiwick_clock_difference_seconds",
    "How far the wall clock is from what steady clock, log and witnesses say; 0 while they agree.",
  );
  const corrected = metrics.gauge(
    "bailiwick_ledger_dates_corrected",
    "Entries since the start that the log dated by more than a second otherwise than they came.",
  );
  return ({ clock: { isHeld, byMs, correctedCount } }) => {
    held.set({ cell }, isHeld ? 1 : 0);
    difference.set({ cell }, byMs / 1_000);
    corrected.set({ cell }, correctedCount);
  };
}

function ledgerMeter(metrics: Metrics, cell: CellId): LedgerMeter {
  const size = metrics.gauge("bailiwick_ledger_size", "Entries that are durable.");
  const sealed = metrics.gauge("bailiwick_ledger_sealed_size", "Entries under a signed checkpoint.");
  const pending = metrics.gauge("bailiwick_ledger_pending", "Appends that are not durable yet.");
  const writable = metrics.gauge("bailiwick_ledger_writable", "1 while the ledger takes entries.");
  const silence = metrics.gauge(
    "bailiwick_ledger_seal_silence_seconds",
    "For how long sealing has not come round.",
  );
  const witnesses = witnessMeter(metrics, cell);
  const clock = clockMeter(metrics, cell);
  return (state, nowMs) => {
    witnesses(state, nowMs);
    clock(state);
    size.set({ cell }, state.size);
    sealed.set({ cell }, state.sealedSize);
    pending.set({ cell }, state.pendingCount);
    writable.set({ cell }, state.isWritable ? 1 : 0);
    silence.set({ cell }, state.sealSilenceMs / 1_000);
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
