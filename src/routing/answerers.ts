// Who may answer at one cell, inside the permit: what a ruling on the facts alone comes to for a model. A cell rules by it, and
// whoever derives a recorded decision again.
import type { CellId, EndpointId } from "../base/index.ts";
import type { Permit, PermittedEndpoint } from "../law/index.ts";

export interface AskedOfCell {
  readonly cell: CellId;
  /** Cells that may receive the request, best first. */
  readonly cells: readonly CellId[];
  readonly servedBy: { has(id: EndpointId): boolean };
  /** Whether the model's own rules let a transfer in. */
  readonly allowsTransfers: boolean;
  /** Whether the endpoint knows what is asked of it. */
  readonly isAble: (endpoint: PermittedEndpoint) => boolean;
  /** Whether it is for this caller: what another cell sent on is sent on no further. */
  readonly mayAnswer: (endpoint: PermittedEndpoint) => boolean;
}

export type Answerers =
  | { readonly kind: "here"; readonly permit: Permit }
  /** Endpoints of this cell could, and none may answer what another cell sent on. */
  | { readonly kind: "sent-on" }
  /** None here, and some at the cell that is named. */
  | { readonly kind: "elsewhere"; readonly cell: CellId }
  /** All that could are transfers, and the model's rules allow none now. */
  | { readonly kind: "barred" }
  /** All that serve the model do not know what is asked. */
  | { readonly kind: "unable" }
  | { readonly kind: "unserved" };

/** INVARIANT: the permit that is left names no endpoint that `permit` does not. */
export function answerersOf(permit: Permit, asked: AskedOfCell): Answerers {
  const { cell, cells, servedBy, allowsTransfers, isAble, mayAnswer } = asked;
  const serves = permit.narrow(({ id }) => servedBy.has(id));
  const able = serves.narrow(isAble);
  const serving = able.narrow(({ isTransfer }) => allowsTransfers || !isTransfer);
  const near = serving.narrow((endpoint) => endpoint.cell === cell);
  const here = near.narrow(mayAnswer);
  if (isAny(here)) return { kind: "here", permit: here };
  if (isAny(near)) return { kind: "sent-on" };
  const elsewhere = cells.find((id) => serving.terms.endpoints.some((endpoint) => endpoint.cell === id));
  if (elsewhere !== undefined) return { kind: "elsewhere", cell: elsewhere };
  if (isAny(able)) return { kind: "barred" };
  return { kind: isAny(serves) ? "unable" : "unserved" };
}

function isAny({ terms }: Permit): boolean {
  return terms.endpoints.length > 0;
}
