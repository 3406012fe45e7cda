import type { CellId } from "../../base/index.ts";
import { looksAtProcessor } from "./condition.ts";
import type { Cell, Endpoint } from "./endpoint.ts";
import type { Acceptance, LawPolicy } from "./law-policy.ts";
import type { LegalEvent } from "./legal-event.ts";
import type { DeclaredMechanism, Regime } from "./regime.ts";

/** A policy in one order, whatever order its author chose, with what every decision would work out again. */
export interface PreparedLaw {
  readonly regimes: readonly Regime[];
  /** Those whose condition looks at who runs the cell or endpoint. */
  readonly byOperator: ReadonlySet<Regime>;
  readonly cells: readonly Cell[];
  readonly cellById: ReadonlyMap<CellId, Cell>;
  readonly endpoints: readonly Endpoint[];
  readonly mechanisms: readonly DeclaredMechanism[];
  readonly acceptances: readonly Acceptance[];
  readonly events: readonly LegalEvent[];
  readonly hash: string;
}

export function prepareLaw(policy: LawPolicy): PreparedLaw {
  return {
    regimes: policy.regimes.toSorted(byId),
    byOperator: new Set(policy.regimes.filter(({ appliesWhen }) => looksAtProcessor(appliesWhen))),
    cells: policy.cells.toSorted(byId),
    cellById: new Map(policy.cells.map((cell) => [cell.id, cell])),
    endpoints: policy.endpoints.toSorted(byId),
    mechanisms: policy.mechanisms.toSorted(byId),
    acceptances: policy.acceptances,
    events: (policy.events ?? []).toSorted(byId),
    hash: policy.hash,
  };
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
