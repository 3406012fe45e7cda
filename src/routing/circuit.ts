// The circuit of one endpoint for one model, as a value. What an engine fails at may be a caller's doing (a prompt that
// breaks it, a limit that only large requests meet), so no caller opens it for the others; and what we do wrong takes the
// endpoint out for that model alone. Whether anybody is there at all is in health.ts.
import { later, type MonotonicMs, unreachable } from "../base/index.ts";
import { firstBackoffMs, maxBackoffMs, maxRetryAfterMs } from "./health.ts";

export type Circuit =
  | { readonly kind: "closed"; readonly openings: number; readonly recent: readonly Observation[] }
  | {
      readonly kind: "open";
      readonly cause: OpenCause;
      readonly openings: number;
      /** Whose trial failed last; null before one did. */
      readonly failedBy: string | null;
      /** One live request may try from here on. */
      readonly retryAtMs: MonotonicMs;
    }
  | {
      readonly kind: "half-open";
      readonly cause: OpenCause;
      readonly openings: number;
      readonly failedBy: string | null;
      /** A trial whose end nobody reported must not block the endpoint for ever. */
      readonly trialEndsAtMs: MonotonicMs;
    };

/** `refusing`: it refuses us, whoever asks: our key, our credit, our name for the model. */
type OpenCause = "failing" | "saturated" | "refusing";

interface Observation {
  readonly atMs: MonotonicMs;
  readonly caller: string;
  readonly result: "answered" | "failed" | "saturated";
}

/** What one attempt for this model showed. `caller`: by which credential it was asked for. */
export type CircuitSignal =
  | { readonly kind: "answered"; readonly caller: string }
  | { readonly kind: "failed"; readonly caller: string }
  /** `retryAfterMs`: the upstream's own word, from now; null when it gave none. */
  | { readonly kind: "saturated"; readonly caller: string; readonly retryAfterMs: number | null }
  | { readonly kind: "refused" }
  /** The attempt ended without showing anything: the caller left, or was at fault itself. */
  | { readonly kind: "no-verdict" };

const windowMs = 30_000;
/** Fewer attempts in the window prove nothing. */
const minVolume = 4;
/** The share of callers that fail at which the endpoint is what fails. */
const openingShare = 0.5;
const minCallers = 2;
/** Of one caller, so that nobody pushes the others out of the window by asking much. */
const maxOfCaller = 8;
const maxRecent = 256;
const firstRefusedMs = 60_000;
const maxRefusedMs = 15 * 60_000;

export const closedCircuit: Circuit = { kind: "closed", openings: 0, recent: [] };

export function afterCircuitSignal(circuit: Circuit, signal: CircuitSignal, nowMs: MonotonicMs): Circuit {
  switch (signal.kind) {
    case "refused":
      return opened(circuit, "refusing", { nowMs, retryAfterMs: null });
    case "no-verdict":
      return circuit.kind === "half-open" ? givenBack(circuit, nowMs) : circuit;
    case "answered":
      if (circuit.kind !== "closed") return closedCircuit;
      return {
        kind: "closed",
        openings: 0,
        recent: noted(circuit.recent, { ...signal, result: signal.kind, nowMs }),
      };
    case "failed":
    case "saturated":
      return afterFault(circuit, signal, nowMs);
    default:
      return unreachable(signal);
  }
}

/** Takes the single trial of a circuit whose time has come; leaves every other state as it is. */
export function takeCircuitTrial(circuit: Circuit, nowMs: MonotonicMs): Circuit {
  if (circuit.kind === "closed" || !isCircuitAvailable(circuit, nowMs)) return circuit;
  const { cause, openings, failedBy } = circuit;
  return { kind: "half-open", cause, openings, failedBy, trialEndsAtMs: later(nowMs, trialMs) };
}

/** A trial that showed nothing: the next request may try without another wait. */
function givenBack(
  { cause, openings, failedBy }: Extract<Circuit, { readonly kind: "half-open" }>,
  nowMs: MonotonicMs,
): Circuit {
  return { kind: "open", cause, openings, failedBy, retryAtMs: nowMs };
}

/** As long as a live engine may take for a whole answer. */
const trialMs = 60_000;

export function isCircuitAvailable(circuit: Circuit, nowMs: MonotonicMs): boolean {
  const atMs = circuitAvailableAtMs(circuit);
  return atMs === null || nowMs >= atMs;
}

/** Null while it takes requests. */
export function circuitAvailableAtMs(circuit: Circuit): MonotonicMs | null {
  if (circuit.kind === "closed") return null;
  return circuit.kind === "open" ? circuit.retryAtMs : circuit.trialEndsAtMs;
}

/** Whether this caller's own newest attempt failed there: it should rather ask another, whatever holds for the others. */
export function isDoubtfulFor(circuit: Circuit, caller: string, nowMs: MonotonicMs): boolean {
  if (circuit.kind !== "closed") return false;
  const newest = circuit.recent.findLast((each) => each.caller === caller);
  return newest !== undefined && newest.result !== "answered" && nowMs < later(newest.atMs, windowMs);
}

type Fault = Extract<CircuitSignal, { readonly kind: "failed" | "saturated" }>;

function afterFault(circuit: Circuit, signal: Fault, nowMs: MonotonicMs): Circuit {
  const cause = signal.kind === "failed" ? "failing" : "saturated";
  const retryAfterMs = signal.kind === "saturated" ? signal.retryAfterMs : null;
  if (circuit.kind === "half-open") {
    // Else whoever's requests break it, and asks most, would keep it from the others by taking every trial.
    if (signal.kind === "failed" && signal.caller === circuit.failedBy) return givenBack(circuit, nowMs);
    return { ...opened(circuit, cause, { nowMs, retryAfterMs }), failedBy: signal.caller };
  }
  // A late word of an attempt that began before it opened.
  if (circuit.kind === "open") return circuit;
  const recent = noted(circuit.recent, { caller: signal.caller, result: signal.kind, nowMs });
  const next: Circuit = { ...circuit, recent };
  return isBeyondOne(recent, signal.kind) ? opened(next, cause, { nowMs, retryAfterMs }) : next;
}

interface Noted {
  readonly caller: string;
  readonly result: Observation["result"];
  readonly nowMs: MonotonicMs;
}

function noted(recent: readonly Observation[], { caller, result, nowMs }: Noted): readonly Observation[] {
  const isFresh = ({ atMs }: Observation): boolean => nowMs < later(atMs, windowMs);
  let own = 0;
  for (const each of recent) if (each.caller === caller && isFresh(each)) own++;
  let isSurplus = own >= maxOfCaller;
  const kept: Observation[] = [];
  for (const each of recent) {
    if (!isFresh(each)) continue;
    // The oldest of its own gives way.
    if (isSurplus && each.caller === caller) isSurplus = false;
    else kept.push(each);
  }
  kept.push({ atMs: nowMs, caller, result });
  return kept.length > maxRecent ? kept.slice(-maxRecent) : kept;
}

/**
 * Whether it is the endpoint that fails and not one caller's requests: several callers fail, they are no small share of
 * those who ask, and it was asked often enough. Two callers that are told to wait are enough: they were told.
 */
function isBeyondOne(recent: readonly Observation[], fault: "failed" | "saturated"): boolean {
  const callers = Map.groupBy(recent, ({ caller }) => caller);
  const failing = Array.from(callers.values()).filter((own) => failedShare(own) >= openingShare);
  const isShare = failing.length >= minCallers && failing.length / callers.size >= openingShare;
  return isShare && (fault === "saturated" || recent.length >= minVolume);
}

function failedShare(own: readonly Observation[]): number {
  return own.filter(({ result }) => result !== "answered").length / own.length;
}

interface Opening {
  readonly nowMs: MonotonicMs;
  readonly retryAfterMs: number | null;
}

/** Each opening in a row doubles the wait, up to the cap; an upstream that says when to come back knows better. */
function opened(
  circuit: Circuit,
  cause: OpenCause,
  { nowMs, retryAfterMs }: Opening,
): Extract<Circuit, { readonly kind: "open" }> {
  const { openings } = circuit;
  const [firstMs, mostMs] =
    cause === "refusing" ? [firstRefusedMs, maxRefusedMs] : [firstBackoffMs, maxBackoffMs];
  const backoffMs = Math.min(firstMs * 2 ** openings, mostMs);
  const waitMs = retryAfterMs === null ? backoffMs : Math.min(retryAfterMs, maxRetryAfterMs);
  return { kind: "open", cause, openings: openings + 1, failedBy: null, retryAtMs: later(nowMs, waitMs) };
}
