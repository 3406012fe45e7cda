import type { Entry } from "../../ledger/index.ts";

/** Which entries an auditor is to get; what is null does not narrow. */
export interface EntryWish {
  /** Milliseconds since the epoch: from the one until just before the other. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  /** The id of one request. */
  readonly request: string | null;
  /** The handle of one tenant. */
  readonly tenant: string | null;
}

/** Takes a log's entries in order: what belongs to a request names only its id, and its tenant stands in its decision. */
export class EntrySelection {
  readonly #wish: EntryWish;
  readonly #requests = new Set<string>();

  constructor(wish: EntryWish) {
    this.#wish = wish;
  }

  holds(entry: Entry): boolean {
    const { fromMs, untilMs } = this.#wish;
    const isOfRequest = this.#isOfRequest(entry);
    return isOfRequest && entry.ts >= (fromMs ?? 0) && entry.ts < (untilMs ?? Infinity);
  }

  #isOfRequest(entry: Entry): boolean {
    const { request, tenant } = this.#wish;
    if (request === null && tenant === null) return true;
    if (!("rid" in entry)) return false;
    if (request !== null && entry.rid !== request) return false;
    if (entry.t !== "decision") return tenant === null || this.#requests.has(entry.rid);
    if (tenant !== null && entry.tenant !== tenant) return false;
    // A refusal is complete in itself; only a permit is followed by more.
    if (entry.verdict === "permit") this.#requests.add(entry.rid);
    return true;
  }
}
