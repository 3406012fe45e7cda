// Legal events: an injunction, an adequacy decision withdrawn, a sanction. An event suspends something; a lift takes one
// suspension back. Suspensions stack: what two of them forbid stays forbidden until neither stands.
//
// INVARIANT: events only take away. With any set of them, whatever is permitted is permitted without them too, and on
// the same grounds or fewer; a lift gives back what its suspension took and nothing else.
import type { Validity } from "./regime.ts";

export const legalTargetKinds = ["region", "operator", "group", "mechanism", "regime", "endpoint"] as const;
export type LegalTargetKind = (typeof legalTargetKinds)[number];

export const suspensionReasons = [
  "injunction",
  "adequacy-withdrawn",
  "mechanism-invalid",
  "sanction",
  "supervisory-order",
  "contract-ended",
  "incident",
  "drill",
] as const;
export const liftReasons = ["order-ended", "order-stayed", "remedied", "mistake", "drill-ended"] as const;

export interface LegalTarget {
  readonly kind: LegalTargetKind;
  /**
   * `region`: a place; whatever computes, stores or is supported there. `operator`: cells and endpoints that it runs, or
   * whoever it controls, or who lets it have the data. `group`: of whoever controls it, too.
   * `mechanism`: a declared mechanism by its id or its kind, or the instrument of a free destination. `regime`: whatever
   * the regime applies to, wherever it is. `endpoint`: that one.
   */
  readonly name: string;
}

export interface Suspension {
  readonly act: "suspend";
  readonly id: string;
  readonly target: LegalTarget;
  readonly reason: (typeof suspensionReasons)[number];
  readonly validity: Validity;
}

export interface Lift {
  readonly act: "lift";
  readonly id: string;
  /** The id of the suspension that does not stand while this lift is in force. */
  readonly lifts: string;
  readonly reason: (typeof liftReasons)[number];
  readonly validity: Validity;
}

export type LegalEvent = Suspension | Lift;
