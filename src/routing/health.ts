import { later, type MonotonicMs, unreachable } from "../base/index.ts";

/**
 * One endpoint's circuit breaker, as a value: `closed` takes requests, `open` takes none until `retryAtMs`, then
 * `half-open` lets one request try. `quarantined` waits for a person, because the endpoint was seen to compute
 * where the law does not allow it, and no amount of waiting makes that right.
 */
export type Health =
  | {
      readonly kind: "closed";
      readonly failures: number;
      readonly openings: number;
      /** It broke off a request that it had: a probe is to tell whether anybody is there. */
      readonly isSuspected?: true;
    }
  | {
      readonly kind: "open";
      readonly openings: number;
      /** A live request may try from here on. */
      readonly retryAtMs: MonotonicMs;
      /** The upstream asked not to be called before this, not even by a probe. */
      readonly notBeforeMs: MonotonicMs;
    }
  | {
      readonly kind: "half-open";
      readonly openings: number;
      /** A trial whose end nobody reported must not block the endpoint for ever. */
      readonly trialEndsAtMs: MonotonicMs;
    }
  | { readonly kind: "quarantined" };

/** What one attempt showed. What the caller did (leaving, a 4xx of its own) shows nothing against the endpoint. */
export type Signal =
  /** It answered: a first valid chunk, or a refusal of the caller's request, which takes a working engine too. */
  | { readonly kind: "answered" }
  /** The attempt ended without showing anything: the caller left, or the deadline was nearly over. */
  | { readonly kind: "no-verdict" }
  /** No connection, so that nobody got anything. */
  | { readonly kind: "unreachable" }
  /** The connection ended after the request had gone and before an answer began: that may be the request's own doing. */
  | { readonly kind: "suspected" }
  /** It answers no probe either. */
  | { readonly kind: "silent" }
  /** `retryAfterMs`: the upstream's own word, from now; null when it gave none. */
  | { readonly kind: "failed"; readonly retryAfterMs: number | null }
  /** A health probe, which never carries anything of a caller's. */
  | { readonly kind: "probe-answered" }
  | { readonly kind: "probe-failed" }
  | { readonly kind: "violation" }
  /** An operator looked at the violation and takes the responsibility: one request tries, before others follow. */
  | { readonly kind: "released" };

/** Failures in a row that open the circuit. */
const failuresToOpen = 3;
/** A second connection without an answer opens it. The first may be one that idled for too long, and proves nothing. */
const unreachableWeight = 2;
export const firstBackoffMs = 1_000;
export const maxBackoffMs = 30_000;
/** An upstream may ask for patience, not for a day off. */
export const maxRetryAfterMs = 60_000;

export const healthy: Health = { kind: "closed", failures: 0, openings: 0 };

/** The state after `signal`. */
export function afterSignal(health: Health, signal: Signal, nowMs: MonotonicMs): Health {
  if (signal.kind === "violation") return { kind: "quarantined" };
  // INVARIANT: only a person ends a quarantine, whatever late answers and probes may show.
  if (health.kind === "quarantined") return signal.kind === "released" ? readyForTrial(0, nowMs) : health;
  switch (signal.kind) {
    case "answered":
      return healthy;
    case "released":
      return health;
    case "no-verdict":
      return withoutVerdict(health, nowMs);
    case "unreachable":
      return afterFailure(health, { weight: unreachableWeight, retryAfterMs: null }, nowMs);
    case "suspected":
      return health.kind === "closed" ? { ...health, isSuspected: true } : withoutVerdict(health, nowMs);
    case "silent":
      return opened(health, nowMs, null);
    case "failed":
      return afterFailure(health, { weight: 1, retryAfterMs: signal.retryAfterMs }, nowMs);
    case "probe-answered":
      return onProbation(health);
    case "probe-failed":
      // A probe that ends late says nothing against a circuit that was closed meanwhile.
      return health.kind === "closed" && !health.isSuspected ? health : opened(health, nowMs, null);
    default:
      return unreachable(signal);
  }
}

/**
 * Takes the single trial of an endpoint whose time has come; leaves every other state as it is. To be called in the turn
 * that found the endpoint available, so that no second request tries it too.
 */
export function takeTrial(health: Health, nowMs: MonotonicMs): Health {
  if (health.kind === "closed" || !isAvailable(health, nowMs)) return health;
  const { openings } = health.kind === "quarantined" ? { openings: 0 } : health;
  return { kind: "half-open", openings, trialEndsAtMs: later(nowMs, maxBackoffMs) };
}

/** Whether a live request may be sent there now. */
export function isAvailable(health: Health, nowMs: MonotonicMs): boolean {
  const retryAtMs = availableAtMs(health);
  return health.kind === "closed" || (retryAtMs !== null && nowMs >= retryAtMs);
}

/** When a live request may be sent again; null when no time changes that: one may be sent already, or only a person can help. */
export function availableAtMs(health: Health): MonotonicMs | null {
  switch (health.kind) {
    case "closed":
    case "quarantined":
      return null;
    case "open":
      return health.retryAtMs;
    case "half-open":
      return health.trialEndsAtMs;
    default:
      return unreachable(health);
  }
}

/** Whether a probe may ask now. Probes do not wait for the backoff, so that serving resumes soon after a repair. */
export function isProbeDue(health: Health, nowMs: MonotonicMs): boolean {
  if (health.kind === "closed") return health.isSuspected === true;
  return health.kind === "open" && nowMs >= health.notBeforeMs;
}

/** A trial that showed nothing is given back, so that the next request may try without another wait. */
function withoutVerdict(health: Health, nowMs: MonotonicMs): Health {
  if (health.kind !== "half-open") return health;
  return readyForTrial(health.openings, nowMs);
}

/** The next request is the trial. */
function readyForTrial(openings: number, nowMs: MonotonicMs): Health {
  return { kind: "open", openings, retryAtMs: nowMs, notBeforeMs: nowMs };
}

interface FailureWeight {
  readonly weight: number;
  readonly retryAfterMs: number | null;
}

function afterFailure(health: Health, { weight, retryAfterMs }: FailureWeight, nowMs: MonotonicMs): Health {
  if (health.kind !== "closed" || (retryAfterMs ?? 0) > 0) return opened(health, nowMs, retryAfterMs);
  const failures = health.failures + weight;
  return failures < failuresToOpen ? { ...health, failures } : opened(health, nowMs, retryAfterMs);
}

/**
 * Each opening in a row doubles the wait, up to the cap; late failures of an open circuit do not count again. An
 * upstream that says when it will be back knows better than our doubling.
 */
function opened(health: Health, nowMs: MonotonicMs, retryAfterMs: number | null): Health {
  const notBeforeMs = later(nowMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
  if (health.kind === "open") {
    return {
      ...health,
      notBeforeMs,
      retryAtMs: notBeforeMs > health.retryAtMs ? notBeforeMs : health.retryAtMs,
    };
  }
  const openings = health.kind === "quarantined" ? 0 : health.openings;
  if ((retryAfterMs ?? 0) > 0) return { kind: "open", openings, notBeforeMs, retryAtMs: notBeforeMs };
  const backoffMs = Math.min(firstBackoffMs * 2 ** openings, maxBackoffMs);
  return { kind: "open", openings: openings + 1, notBeforeMs, retryAtMs: later(nowMs, backoffMs) };
}

/** A probe shows that the engine lives, not that it can answer: it takes requests again, and one failure reopens. */
function onProbation(health: Health): Health {
  if (health.kind === "closed")
    return { kind: "closed", failures: health.failures, openings: health.openings };
  if (health.kind !== "open") return health;
  return { kind: "closed", failures: failuresToOpen - 1, openings: health.openings };
}
