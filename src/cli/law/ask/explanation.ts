import { formatInstant, type InstantMs } from "../../../base/index.ts";
import type { Derivation, Facts } from "../../../law/index.ts";
import type { SessionAnswer } from "./fact-session.ts";
import { type Decided, decidedEndpoint, ofDecision } from "./decided.ts";

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
  /** What the law says of each endpoint, as `decide` has it. */
  readonly endpoints: Decided["endpoints"];
  readonly derivation: Derivation;
  /** Cells that may receive the request and hold a lawful endpoint, best first. */
  readonly cells: readonly string[];
}

export function explainRequest({ explainer, asked }: SessionAnswer, nowMs: InstantMs): Explanation {
  const { facts, cell } = asked;
  const atMs = asked.atMs ?? nowMs;
  const { decision, derivation } = explainer(facts, atMs);
  return {
    facts: {
      ...facts,
      tenant: facts.tenant === "" ? null : facts.tenant,
      requirements: facts.requirements.map(({ level, zoneName }) => ({ level, zone: zoneName })),
      receivingCell: cell,
    },
    at: formatInstant(atMs),
    endpoints: derivation.endpoints.map((endpoint) => decidedEndpoint(endpoint, derivation)),
    derivation,
    cells: decision.kind === "permit" ? decision.cells : [],
    ...ofDecision(decision, asked, atMs),
  };
}
