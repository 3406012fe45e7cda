// One answer of `decide`: the derivation in the few words that a court would ask for, and what would be served.
import { formatInstant, type InstantMs } from "../base/index.ts";
import type { AskedRequest } from "../config/index.ts";
import {
  type Decision,
  type Derivation,
  type EndpointDerivation,
  explain,
  type Ground,
  type Verdict,
} from "../law/index.ts";
import type { Hearing } from "./court.ts";
import { type Served, servedBy } from "./served.ts";

export interface Decided {
  readonly id: string | null;
  readonly at: string;
  /** Hash of the policy and its packs. */
  readonly policy: string;
  readonly outcome: "permit" | Extract<Decision, { kind: "refusal" }>["refusal"]["kind"];
  /** Facts whose absence is a reason. */
  readonly missing: readonly string[];
  /** Ids of the regimes that apply whoever runs the endpoint. */
  readonly regimes: readonly string[];
  readonly endpoints: readonly DecidedEndpoint[];
  /** For each cell that may receive it, best first, and each model: endpoints in the order of their use. */
  readonly served: readonly Served[];
  readonly obligations: readonly string[];
  /** Until when the same facts are decided the same; null when no change is known. */
  readonly until: string | null;
}

interface DecidedEndpoint {
  readonly endpoint: string;
  readonly cell: string;
  readonly verdict: "lawful" | "unlawful" | "lawful-only-with";
  /** Declared transfer tools on which it rests, with their documents. */
  readonly with: readonly Pick<Ground, "regime" | "article" | "instrument" | "documents">[];
  /** What decides: the rules that block it, or else those that let it pass. */
  readonly because: readonly Pick<Verdict, "rule" | "article" | "reason">[];
  readonly missing: readonly string[];
}

/** INVARIANT: it asks the decider that a cell asks, with facts that are made as a cell makes them. */
export function decideRequest({ policy, decider, asked }: Hearing, nowMs: InstantMs): Decided {
  const atMs = asked.atMs ?? nowMs;
  const decision = decider.decide(asked.facts, atMs);
  const common = { id: asked.id, at: formatInstant(atMs), policy: policy.law.hash };
  if (decision.kind === "refusal" && decision.refusal.kind === "undecidable") {
    return { ...common, ...ofDecision(decision, asked, atMs), regimes: [], endpoints: [] };
  }
  const derivation = explain(policy.law, asked.facts, atMs);
  return {
    ...common,
    ...ofDecision(decision, asked, atMs),
    regimes: derivation.regimes.filter(({ applies }) => applies === "yes").map(({ regime }) => regime),
    endpoints: derivation.endpoints.map((endpoint) => decidedEndpoint(endpoint, derivation)),
  };
}

export function ofDecision(
  decision: Decision,
  { models, facts }: Pick<AskedRequest, "models" | "facts">,
  atMs: InstantMs,
): Pick<Decided, "outcome" | "missing" | "served" | "obligations" | "until"> {
  if (decision.kind === "refusal") {
    const { kind, missing, expiresAtMs } = decision.refusal;
    return { outcome: kind, missing, served: [], obligations: [], until: formatUntil(expiresAtMs) };
  }
  const { permit, cells } = decision;
  const { obligations, expiresAtMs } = permit.terms;
  const served = cells.flatMap((cell) =>
    models.map((model) => servedBy(permit, model, { cell, facts, nowMs: atMs })),
  );
  return { outcome: "permit", missing: [], served, obligations, until: formatUntil(expiresAtMs) };
}

/** Its cell's verdicts are its own: whoever may not receive the data on the way cannot have it computed. */
function decidedEndpoint(target: EndpointDerivation, { cells, missing }: Derivation): DecidedEndpoint {
  const host = cells.find(({ id }) => id === target.cell);
  const verdicts = [...target.verdicts, ...(host?.verdicts ?? [])];
  const isLawful = target.isLawful && missing.length === 0;
  const tools = isLawful
    ? verdicts.flatMap(({ grounds }) => grounds).filter(({ kind }) => kind === "mechanism")
    : [];
  return {
    endpoint: target.id,
    cell: target.cell,
    verdict: isLawful ? (tools.length > 0 ? "lawful-only-with" : "lawful") : "unlawful",
    with: tools.map(({ regime, article, instrument, documents }) => ({
      regime,
      article,
      instrument,
      documents,
    })),
    because: reasonsOf(verdicts.filter(({ passes }) => passes === target.isLawful)),
    missing: isLawful
      ? []
      : Array.from(new Set([...missing, ...verdicts.flatMap((each) => each.missing ?? [])])),
  };
}

/** An endpoint and its cell mostly pass, or fail, for the same reason. */
function reasonsOf(verdicts: readonly Verdict[]): DecidedEndpoint["because"] {
  const reasons = verdicts.map(({ rule, article, reason }) => ({ rule, article, reason }));
  return Array.from(new Map(reasons.map((each) => [JSON.stringify(each), each])).values());
}

function formatUntil(instantMs: InstantMs | null): string | null {
  return instantMs === null ? null : formatInstant(instantMs);
}
