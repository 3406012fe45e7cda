import type { InstantMs } from "../../base/index.ts";
import type { Entry } from "../../ledger/index.ts";

/** Where an entry stands. */
interface Place {
  readonly origin: string;
  readonly index: number;
}

/** Which entries an auditor is to get; what is null does not narrow. */
export interface EntryWish {
  /** Milliseconds since the epoch: from the one until just before the other. */
  readonly fromMs: number | null;
  readonly untilMs: InstantMs | null;
  /** The id of one request. */
  readonly request: string | null;
  /** The handle of one tenant. */
  readonly tenant: string | null;
}

/**
 * Takes the entries of logs in order: what belongs to a request names only its id, and its tenant stands in its decision.
 * A correction names the outcome, which may be in an earlier log.
 */
export class EntrySelection {
  readonly #wish: EntryWish;
  readonly #requests = new Set<string>();
  readonly #outcomes = new Set<string>();
  #hasRequest = false;
  #hasTenant = false;

  constructor(wish: EntryWish) {
    this.#wish = wish;
  }

  /** What was named and no entry has, at whatever time; null where each name is somebody's. */
  get unknownName(): "request" | "tenant" | null {
    const { request, tenant } = this.#wish;
    if (request !== null && !this.#hasRequest) return "request";
    return tenant !== null && !this.#hasTenant ? "tenant" : null;
  }

  holds(entry: Entry, { origin, index }: Place): boolean {
    const { fromMs, untilMs } = this.#wish;
    const isOfRequest = this.#isOfRequest(entry);
    this.#look(entry);
    if (isOfRequest && entry.t === "outcome") this.#outcomes.add(`${origin}#${index}`);
    return isOfRequest && entry.ts >= (fromMs ?? 0) && entry.ts < (untilMs ?? Infinity);
  }

  #look(entry: Entry): void {
    const { request, tenant } = this.#wish;
    if ("rid" in entry && entry.rid === request) this.#hasRequest = true;
    if (entry.t === "decision" && entry.tenant === tenant) this.#hasTenant = true;
  }

  #isOfRequest(entry: Entry): boolean {
    const { request, tenant } = this.#wish;
    if (request === null && tenant === null) return true;
    if (entry.t === "correction") return this.#outcomes.has(`${entry.of.origin}#${entry.of.index}`);
    if (!("rid" in entry) || entry.rid === null) return false;
    if (request !== null && entry.rid !== request) return false;
    if (entry.t !== "decision") return tenant === null || this.#requests.has(entry.rid);
    if (tenant !== null && entry.tenant !== tenant) return false;
    // A refusal is complete in itself; only a permit is followed by more.
    if (entry.verdict === "permit") this.#requests.add(entry.rid);
    return true;
  }
}
