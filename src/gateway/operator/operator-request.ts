// Owner: the control thread.
import type { Policy } from "../../config/index.ts";
import { type Arrival, ServedRequest } from "../exchange/served-request.ts";
import { lawUnder } from "../in-force/held-events.ts";
import type { ControlServices } from "./control-services.ts";

/** One request on the admin listener. */
export class OperatorRequest extends ServedRequest<ControlServices> {
  override readonly policy: Policy;

  constructor(cell: ControlServices, arrival: Arrival) {
    super(cell, arrival);
    const { policy } = cell.filed;
    this.policy = { ...policy, law: lawUnder(policy.law, cell.legal.held) };
  }
}

/** Logs a request that is over. What was done to whom is in the ledger. */
export function accountOperator({ cell, arrival, progress }: OperatorRequest): void {
  if (progress.route === "health") return;
  cell.log({ event: "admin_request", cell: cell.cell, request: arrival.id, status: progress.status ?? 0 });
}
