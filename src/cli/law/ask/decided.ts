// One answer of `decide`: the derivation in the few words that a court would ask for, and what would be served.
import { formatInstant, type InstantMs } from "../../../base/index.ts";
import type { AskedRequest } from "../../../config/index.ts";
import {
  type Choice,
  type Decision,
  type Derivation,
  type EndpointDerivation,
  type Ground,
  type Verdict,
  type Word,
} from "../../../law/index.ts";
import type { SessionAnswer } from "./fact-session.ts";
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

export interface DecidedEndpoint {
  readonly endpoint: string;
  readonly cell: string;
  /** What the law says; `unknown` where nobody can say which law it is. */
  readonly verdict: Word | "unknown";
  /** Whether it may be used: the law lets it, and the tenant wishes for nothing that it is not. */
  readonly isPermitted: boolean;
  /** Declared transfer tools on which it rests, with their documents. */
  readonly with: readonly Pick<Ground, "regime" | "article" | "instrument" | "documents">[];
  /** Contracts with its operator and its cell's on which it rests. */
  readonly contracts: readonly string[];
  /** What nobody has said and is taken for so: contracts that are there, and the role of whoever exports. */
  readonly assumes: readonly string[];
  /** What is missing: each list of ways asks for one of them, a way for everything in it. Empty where nothing cures it. */
  readonly needs: readonly Choice[];
  /** What decides of it, and of its cell: the rules that block, or else those that let it pass. */
  readonly because: readonly Reason[];
  readonly becauseOfCell: readonly Reason[];
  readonly missing: readonly string[];
}

type Reason = Pick<Verdict, "rule" | "article" | "reason">;

/** INVARIANT: it decides as a cell does, on facts that are made as a cell makes them. */
export function decideRequest({ policy, explainer, asked }: SessionAnswer, nowMs: InstantMs): Decided {
  const atMs = asked.atMs ?? nowMs;
  const { decision, derivation } = explainer(asked.facts, atMs);
  return {
    id: asked.id,
    at: formatInstant(atMs),
    policy: policy.law.hash,
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
export function decidedEndpoint(target: EndpointDerivation, { cells, missing }: Derivation): DecidedEndpoint {
  const { id: endpoint, cell, isLawful } = target;
  const ofCell = cells.find(({ id }) => id === cell)?.verdicts ?? [];
  const verdicts = [...target.verdicts, ...ofCell];
  const named = { endpoint, cell };
  if (missing.length > 0) return { ...named, ...unknown, missing };
  const tools = verdicts.flatMap(({ grounds }) => grounds).filter(({ kind }) => kind === "mechanism");
  return {
    ...named,
    verdict: target.word,
    isPermitted: isLawful,
    with: isLawful ? tools.map(toolOf) : [],
    contracts: isLawful ? unique(verdicts.flatMap(({ contracts }) => contracts)) : [],
    assumes: unique(verdicts.flatMap(assumptionsOf)),
    needs: isLawful || target.word === "unlawful" ? [] : needsOf(verdicts),
    because: reasonsOf(target.verdicts, isLawful),
    becauseOfCell: reasonsOf(ofCell, isLawful),
    missing: isLawful ? [] : unique(verdicts.flatMap((each) => each.missing ?? [])),
  };
}

/** Each as the policy would say it. */
function assumptionsOf({ assumes, assumesRoles }: Verdict): readonly string[] {
  return [...assumes, ...assumesRoles.map((role) => `role: ${role}`)];
}

/** No rule that passes means anything while nobody knows which rules there are. */
const unknown = {
  verdict: "unknown",
  isPermitted: false,
  with: [],
  contracts: [],
  assumes: [],
  needs: [],
  because: [],
  becauseOfCell: [],
} as const;

function toolOf({ regime, article, instrument, documents }: Ground): DecidedEndpoint["with"][number] {
  return { regime, article, instrument, documents };
}

/** An endpoint and its cell mostly want the same. */
function needsOf(verdicts: readonly Verdict[]): readonly Choice[] {
  const blocking = verdicts.filter(({ isWish, passes }) => !passes && !isWish);
  return distinct(blocking.flatMap(({ choices }) => choices));
}

function reasonsOf(verdicts: readonly Verdict[], isLawful: boolean): readonly Reason[] {
  const deciding = verdicts.filter(({ passes }) => passes === isLawful);
  return distinct(deciding.map(({ rule, article, reason }) => ({ rule, article, reason })));
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  return Array.from(new Map(values.map((each) => [JSON.stringify(each), each])).values());
}

function unique(texts: readonly string[]): readonly string[] {
  return Array.from(new Set(texts));
}

function formatUntil(instantMs: InstantMs | null): string | null {
  return instantMs === null ? null : formatInstant(instantMs);
}
