// Owner: the gateway's thread.
import type { Policy } from "../../config/index.ts";
import type { InForce } from "../in-force/in-force.ts";
import type { CellServices } from "./cell-services.ts";
import { type Arrival, ServedRequest } from "./served-request.ts";

/** One caller's request and its answer, at this cell. */
export class Exchange extends ServedRequest<CellServices> {
  #inForce: InForce;

  constructor(cell: CellServices, arrival: Arrival) {
    super(cell, arrival);
    const captured = cell.inForce.capture();
    this.#inForce = captured;
    this.onEnd(() => cell.inForce.release(captured));
  }

  /** What decides this request. A reload leaves it as it is; `underPresentEvents` alone makes it another one. */
  get inForce(): InForce {
    return this.#inForce;
  }

  override get policy(): Policy {
    return this.#inForce.policy;
  }

  /** The request's own policy, under the legal events that stand now. */
  underPresentEvents(): void {
    this.#inForce = this.cell.inForce.underPresentEvents(this.#inForce);
  }
}
