import { formatInstant, type InstantMs } from "../base/index.ts";
import { type Derivation, explain, type Facts } from "../law/index.ts";
import type { Hearing } from "./court.ts";
import { type Decided, ofDecision } from "./decided.ts";

/** Plain data, in the order in which a reader follows it. */
export interface Explanation extends Pick<
  Decided,
  "outcome" | "missing" | "obligations" | "served" | "until"
> {
  readonly facts: Omit<Facts, "tenant" | "requirements" | "receivingCell"> & {
    /** Null: none was named. */
    readonly tenant: string | null;
    readonly requirements: readonly { readonly level: string; readonly zone: string }[];
    /** Null: none was asked for. */
    readonly receivingCell: string | null;
  };
  readonly at: string;
  readonly derivation: Derivation;
  /** Cells that may receive the request and hold a lawful endpoint, best first. */
  readonly cells: readonly string[];
}

export function explainRequest({ policy, decider, asked }: Hearing, nowMs: InstantMs): Explanation {
  const { facts, cell } = asked;
  const atMs = asked.atMs ?? nowMs;
  const decision = decider.decide(facts, atMs);
  return {
    facts: {
      ...facts,
      tenant: facts.tenant === "" ? null : facts.tenant,
      requirements: facts.requirements.map(({ level, zoneName }) => ({ level, zone: zoneName })),
      receivingCell: cell,
    },
    at: formatInstant(atMs),
    derivation: explain(policy.law, facts, atMs),
    cells: decision.kind === "permit" ? decision.cells : [],
    ...ofDecision(decision, asked, atMs),
  };
}
