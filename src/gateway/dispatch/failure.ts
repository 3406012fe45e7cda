// Why one endpoint did not answer, in a way that another one might, and what it means for that endpoint.
import { type InstantMs, unreachable } from "../../base/index.ts";
import type { AnswerHeaders, UpstreamError } from "../../providers/index.ts";
import {
  type CircuitSignal,
  classifyFailure,
  type FailureClass,
  type Misfit,
  type Signal,
} from "../../routing/index.ts";
import type { AttemptFailed } from "../../telemetry/index.ts";
import { type EngineError, keptAnswer, readEngineError, readRetryAfterMs } from "../../wire/index.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { causeOf } from "./connection-cause.ts";
import type { EvidenceFault } from "./evidence.ts";

/**
 * How an endpoint failed, for what to do next. `saturated`: it would answer later. `unreachable`: no connection, which a
 * fresh one may cure at once. `unavailable`: not there for us now. `misfit`: it refuses how we call it. `broken`: there,
 * and giving what is no answer.
 */
type FailureKind = "saturated" | "unreachable" | "unavailable" | "misfit" | "broken";

type Reason = AttemptFailed["failure"];

export interface Failure {
  readonly reason: Reason;
  readonly status: number | null;
  readonly cause: AttemptFailed["cause"];
  readonly kind: FailureKind;
  readonly retryAfterMs: number | null;
  /** The same endpoint may be asked for the same request again: it refused it unread, or never got it. */
  readonly isRepeatable: boolean;
  readonly misfit: Misfit | null;
  /** Against the endpoint for this model. */
  readonly circuit: Exclude<CircuitSignal["kind"], "answered">;
  /** Against the endpoint as a whole; null where it says nothing of that. */
  readonly health: Signal | null;
}

const plain = {
  status: null,
  cause: "none",
  retryAfterMs: null,
  isRepeatable: false,
  misfit: null,
  circuit: "failed",
  health: null,
} as const;

/** For the ledger and the metrics, from a closed set. */
export function wordOf({ reason, status, misfit }: Failure): string {
  const word = reason === "status" ? `status_${status}` : reason;
  const saysItself = status !== null && [401, 402, 403, 404, 405, 410].includes(status);
  return misfit === null || saysItself ? word : `${word}_${misfit}`;
}

/** Whether it says that the endpoint is asked too much at once. A deadline of the caller's says nothing of that. */
export function isOverload({ kind, status, reason }: Failure): boolean {
  return (
    kind === "saturated" || status === 503 || reason === "first_token_late" || reason === "headers_timeout"
  );
}

export class AttemptError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`the attempt failed: ${wordOf(failure)}`);
    this.name = "AttemptError";
    this.failure = failure;
  }
}

/** It was asked until the caller's time was over; that says nothing of it. */
export const pastDeadline: Failure = {
  ...plain,
  reason: "deadline",
  kind: "unavailable",
  circuit: "no-verdict",
};

/** Neither the request nor the probes beside it were answered. */
export const silent: Failure = {
  ...plain,
  reason: "silent",
  kind: "unavailable",
  health: { kind: "silent" },
};

/** A stream that had not begun after the time that the operator gives it. */
export const firstTokenLate: Failure = { ...plain, reason: "first_token_late", kind: "unavailable" };

/** A stream that goes on, and more slowly than the operator lets it. */
export const tooSlow: Failure = { ...plain, reason: "slow", kind: "unavailable" };

interface Answered {
  /** Null where only the body tells: an event, or an answer with status 200. */
  readonly status: number | null;
  readonly error: EngineError;
  readonly retryAfterMs: number | null;
}

export function answeredWith(
  { status, headers }: { readonly status: number; readonly headers: AnswerHeaders },
  error: EngineError,
  nowMs: InstantMs,
): Answered {
  return { status, error, retryAfterMs: readRetryAfterMs(headers, nowMs) ?? error.retryAfterMs };
}

/** Under status 200, or in an event. */
export function answeredBy(body: unknown): Answered {
  const error = readEngineError(body);
  return { status: null, error, retryAfterMs: error.retryAfterMs };
}

/** What an engine's own error means: the refusal that its caller hears, or a failure. */
export function judge(
  answered: Answered,
): { readonly rejection: GatewayError } | { readonly failure: Failure } {
  const { error } = answered;
  const status = answered.status ?? error.status;
  const found = classifyFailure({ ...error, status });
  if (found.kind === "caller") return { rejection: rejected(found, error) };
  const reason = status === null ? "error" : "status";
  return { failure: { ...plain, ...ofClass(found, { ...answered, status }), reason, status } };
}

/** The request is its caller's to mend. */
export function keptElsewhere(): GatewayError {
  return new GatewayError("provider_rejected", keptAnswer.message, { param: keptAnswer.param });
}

function rejected(
  { status, code }: Extract<FailureClass, { kind: "caller" }>,
  error: EngineError,
): GatewayError {
  // The engine's own words go to the caller whose request they are about. They may quote it, so they go nowhere else.
  return new GatewayError("provider_rejected", error.message ?? "the model server refused the request", {
    status,
    code,
    ...(error.param === null ? {} : { param: error.param }),
  });
}

type Meaning = Pick<Failure, "kind" | "cause" | "circuit"> & Partial<Failure>;

function ofClass(
  found: Exclude<FailureClass, { kind: "caller" }>,
  { status, retryAfterMs }: Pick<Answered, "status" | "retryAfterMs">,
): Meaning {
  switch (found.kind) {
    case "ours": {
      const { misfit, isCertain } = found;
      return { kind: "misfit", cause: misfit, misfit, circuit: isCertain ? "refused" : "failed" };
    }
    case "law":
      return { kind: "unavailable", cause: "law", circuit: "no-verdict" };
    case "saturated":
      return {
        kind: "saturated",
        cause: "saturated",
        circuit: "saturated",
        retryAfterMs,
        isRepeatable: true,
      };
    case "transient":
      return status === 503 && retryAfterMs !== null ? away(retryAfterMs) : { ...transient, retryAfterMs };
    case "broken":
      return { kind: "broken", cause: "none", circuit: "failed" };
    default:
      return unreachable(found);
  }
}

const transient = { kind: "unavailable", cause: "none", circuit: "failed" } as const;

/** For how long the word of one caller's attempt keeps an endpoint from all. */
const maxAwayMs = 5_000;

/** RFC 9110 §15.6.4: the server as a whole takes nothing until then, whoever asks, and did not begin. */
function away(retryAfterMs: number): Meaning {
  const health: Signal = { kind: "failed", retryAfterMs: Math.min(retryAfterMs, maxAwayMs) };
  return { ...transient, circuit: "no-verdict", retryAfterMs, isRepeatable: true, health };
}

export function ofUpstream({ failure: reason, mayHaveArrived, cause }: UpstreamError): Failure {
  const common = { ...plain, reason, cause: causeOf(cause) };
  if (reason === "no_room")
    return { ...common, kind: "saturated", circuit: "no-verdict", isRepeatable: true, cause: "saturated" };
  if (reason === "garbage") return { ...common, kind: "broken" };
  if (reason !== "unreachable") return { ...common, kind: "unavailable" };
  if (mayHaveArrived) return { ...common, kind: "unavailable", health: { kind: "suspected" } };
  // Nobody got it, so no request of anybody's did it.
  return {
    ...common,
    kind: "unreachable",
    isRepeatable: true,
    circuit: "no-verdict",
    health: { kind: "unreachable" },
  };
}

/** Weak evidence is too little for this request's law; another caller's may ask for less. */
export function ofEvidence(fault: EvidenceFault): Failure {
  const common = { ...plain, reason: `evidence_${fault}`, kind: "unavailable" } as const;
  return fault === "elsewhere" ? { ...common, circuit: "no-verdict", health: { kind: "violation" } } : common;
}
