// The ledger thread owns its state.
import type { RequestId } from "../../base/index.ts";
import type { PairedEntry } from "./batch-message.ts";

/** Which requests one client has opened and not closed: a thread that dies cannot say how they ended. */
export class ClientDecisions {
  readonly #open = new Set<RequestId>();
  /** What is over is not in it: a client lives as long as the cell. */
  readonly #underWay = new Set<Promise<unknown>>();

  /** `appended` is what becomes of the entries, in the order in which the client sent them. */
  during<Result>(entries: readonly PairedEntry[], appended: Promise<Result>): Promise<Result> {
    for (const { pairing } of entries) {
      if (pairing.kind === "opens") this.#open.add(pairing.rid);
      if (pairing.kind === "closes") this.#open.delete(pairing.rid);
    }
    const isOver = (): void => void this.#underWay.delete(appended);
    this.#underWay.add(appended);
    appended.then(isOver, isOver);
    return appended;
  }

  /** Resolves with them when nothing of the client is on its way to the disk any more. To be called after its last entry. */
  async left(): Promise<readonly RequestId[]> {
    await Promise.allSettled(this.#underWay);
    return Array.from(this.#open);
  }
}
