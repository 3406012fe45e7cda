// Owner: the session. How long it may last, though nobody ends it.
import { formatMonth } from "../../base/index.ts";
import { deadlines, type Timed } from "../../clock/index.ts";
import type { PermittedEndpoint } from "../../law/index.ts";
import { OvertakenError } from "../dispatch/present-law.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { ledgerUnavailable } from "../exchange/ledger-unavailable.ts";
import { overBy } from "./session-errors.ts";
import type { SessionRequest } from "./session-request.ts";

interface TermOptions {
  readonly request: SessionRequest;
  readonly endpoint: PermittedEndpoint;
  readonly fail: (error: Error) => void;
}

/** A clock may be set in between: what is due by the wall clock is looked at that often. */
const lookEveryMs = 5_000;

/**
 * A session ends with its permit, with the credential that it began by, and at its longest; also with the month, whose log takes
 * outcomes for a quarter of an hour more: later nothing could be said of how it ended.
 */
export class SessionTerm implements Timed {
  dueAtMs: number;
  readonly #exchange: Exchange;
  readonly #options: TermOptions;
  readonly #endsAtMs: number;

  constructor(exchange: Exchange, options: TermOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#endsAtMs = deadlines.after(exchange.cell.limits.maxSessionMs);
    this.dueAtMs = this.#nextLook();
    deadlines.add(this);
  }

  end(): void {
    deadlines.delete(this);
  }

  onDue(): void {
    const { request, endpoint, fail } = this.#options;
    const { cell, arrival } = this.#exchange;
    const now = cell.now();
    this.dueAtMs = this.#nextLook();
    // Also an event that was taken before and begins now; nobody need say a word for it to be noticed.
    if (!request.decision.permit.covers(endpoint.id, now) || !request.law.stillPermits(endpoint))
      return fail(new OvertakenError());
    const { expiresAtMs } = request.caller;
    if (expiresAtMs !== null && expiresAtMs <= now) return fail(overBy("credential"));
    if (formatMonth(now) !== formatMonth(arrival.receivedAtMs)) return fail(overBy("month"));
    if (!cell.ledger.state().isWritable) return fail(ledgerUnavailable());
    if (this.#endsAtMs <= deadlines.after(0)) fail(overBy("age"));
  }

  #nextLook(): number {
    const { request } = this.#options;
    const now = this.#exchange.cell.now();
    const ends = [request.decision.permit.terms.expiresAtMs, request.caller.expiresAtMs];
    const leftMs = ends.map((endMs) => (endMs === null ? lookEveryMs : Math.max(0, endMs - now)));
    return Math.min(this.#endsAtMs, deadlines.after(Math.min(lookEveryMs, ...leftMs)));
  }
}
