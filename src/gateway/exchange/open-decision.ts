import { type CellId, type EndpointId, toHex } from "../../base/index.ts";
import type { Commitment } from "../../keys/index.ts";
import type { Permit } from "../../law/index.ts";
import {
  type DecisionEntry,
  InvalidEntryError,
  type OutcomeEntry,
  type ViolationEntry,
  type Written,
} from "../../ledger/index.ts";
import { append, type Position, type Stamp, stamp } from "../../store/index.ts";
import { type Reached, reachedBy } from "../shared/transfer-tally.ts";
import type { CellServices } from "./cell-services.ts";
import { inTime, recordedInTime } from "./in-time.ts";
import type { OpenAttempt } from "./open-attempt.ts";
import { type ContentRecord, RecordUnavailableError } from "../../privacy/index.ts";

type Linked = keyof Stamp | "t" | "rid" | "decision";
export type Outcome = Omit<OutcomeEntry, Linked | "res">;
export type Violation = Omit<ViolationEntry, Linked>;

/** One use of an endpoint as a transfer, recorded. */
export interface RecordedTransfer {
  /** Travels with the request to a peer, so that its log holds the same. */
  readonly xid: string;
  readonly peer: CellId | null;
}

export interface OpenDecisionOptions {
  readonly decision: DecisionEntry;
  readonly permit: Permit;
  /** Over the bytes of the answer as they are released. */
  readonly answer: Commitment;
  /** Of the content, where the tenant has one made; begun with the request. */
  readonly record: Promise<ContentRecord> | null;
  /** To which peer an endpoint leads, in the policy that was decided by. */
  readonly peerOf: (id: EndpointId) => CellId | null;
  /** The id under which another cell sent the request here; null for one that came from a caller. */
  readonly importedAs: string | null;
  /** Tells its tenant's tally who got it; null where it is in none. */
  readonly settle: ((reached: readonly Reached[]) => void) | null;
}

/**
 * One permitted request in the ledger: opened by its decision, closed by exactly one outcome.
 * If we crash in between, the log's next opening writes the outcome `unknown`.
 */
export class OpenDecision {
  /** Resolves with the decision's position once it is on disk. */
  readonly durable: Promise<Position>;
  /**
   * Resolves once the decision, the import if the request is one, and the record of it where one is made, are on disk. INVARIANT: no byte leaves
   * the cell, and nothing of the answer is released, before.
   */
  readonly ready: Promise<Position>;
  /** Of this decision, in the order in which they were made: noted here before anything is sent. */
  readonly attempts: OpenAttempt[] = [];
  /** What may be done, exactly as it was recorded: an endpoint that did not fit into the entry is not used. */
  readonly permit: Permit;
  readonly #cell: CellServices;
  readonly #decision: DecisionEntry;
  readonly #answer: Commitment;
  readonly #peerOf: (id: EndpointId) => CellId | null;
  readonly #record: Promise<ContentRecord> | null;
  readonly #transfers = new Map<EndpointId, Promise<RecordedTransfer>>();
  readonly #imported: Promise<Position | null>;
  readonly #tellTally: OpenDecisionOptions["settle"];
  #hasAnswer = false;
  #closing: Promise<Position> | null = null;
  #result: Outcome["result"] | null = null;

  constructor(
    cell: CellServices,
    { decision, permit, answer, record, peerOf, importedAs, settle }: OpenDecisionOptions,
  ) {
    this.#cell = cell;
    this.#decision = decision;
    this.#answer = answer;
    this.#peerOf = peerOf;
    this.#tellTally = settle;
    this.permit = recordedPermit(permit, decision);
    this.durable = append(cell, decision, { kind: "opens", rid: decision.rid });
    this.#record = record;
    this.#imported = importedAs === null ? Promise.resolve(null) : this.#import(importedAs);
    const all = Promise.all([this.durable, this.#imported, record]).then(([position]) => position);
    this.ready = recordedInTime(cell, all);
    // Whoever awaits these hears of a failure; until somebody does, it must not end the process.
    for (const promise of [this.durable, this.#imported, all, this.ready, record])
      promise?.catch(() => undefined);
  }

  /** Records bytes of the answer, if there is a record, and commits to them, just before they are released. */
  async commit(bytes: Uint8Array): Promise<void> {
    if (this.#record !== null) await this.#recordInTime((record) => record.answer(bytes));
    this.#hasAnswer = true;
    this.#answer.update(bytes);
  }

  /**
   * Resolves once the record of the content, where one is made, is complete on disk. To be awaited before an outcome
   * that says `complete`: if we crash in between, there is a record of an answer whose outcome is `unknown`.
   */
  async endRecord(): Promise<void> {
    await this.#recordInTime((record) => record.end());
  }

  /**
   * Resolves with the outcome's position once it is on disk. The first outcome stands; a second call waits for it. Rejects
   * when the disk does not answer in time; the outcome is written all the same when it does.
   */
  close(outcome: Outcome): Promise<Position> {
    if (this.#closing === null) {
      this.#result = outcome.result;
      this.#closing = this.#close(outcome);
      this.#closing.then(
        () => this.#settle(outcome.attempts),
        () => this.#settle(null),
      );
    }
    return recordedInTime(this.#cell, this.#closing);
  }

  /** How it ended, in the word that is recorded; null while it is open. Metrics and log say the same. */
  get result(): Outcome["result"] | null {
    return this.#result;
  }

  /**
   * Resolves once the use of this endpoint as a transfer is on disk; asked again, it waits for the same entry. Nothing
   * leaves for it before.
   */
  transfer(id: EndpointId): Promise<RecordedTransfer> {
    const known = this.#transfers.get(id);
    if (known) return known;
    const recorded = recordedInTime(this.#cell, this.#transfer(id));
    this.#transfers.set(id, recorded);
    return recorded;
  }

  violation(violation: Violation): Promise<Position> {
    return recordedInTime(this.#cell, this.#violation(violation));
  }

  /** Once the outcome is on disk; where it is not, nobody will ever read who was sent it. */
  #settle(attempts: Outcome["attempts"] | null): void {
    const { allowed } = this.#decision;
    const transfers = Array.from(this.#transfers.keys());
    this.#tellTally?.(reachedBy({ allowed, transfers, attempts }));
  }

  async #recordInTime(write: (record: ContentRecord) => Promise<void>): Promise<void> {
    const written = this.#record?.then(write);
    if (written) await inTime(this.#cell, written, () => new RecordUnavailableError({}));
  }

  async #violation(violation: Violation): Promise<Position> {
    const { rid } = this.#decision;
    const entry = {
      ...stamp(this.#cell),
      ...violation,
      t: "violation" as const,
      rid,
      decision: (await this.durable).index,
    };
    return append(this.#cell, entry, { kind: "within", rid });
  }

  async #import(xid: string): Promise<Position> {
    const { rid } = this.#decision;
    const { index: decision } = await this.durable;
    const entry = { ...stamp(this.#cell), t: "import" as const, rid, decision, xid };
    return append(this.#cell, entry, { kind: "within", rid });
  }

  async #transfer(id: EndpointId): Promise<RecordedTransfer> {
    const allowed = this.#decision.allowed.find(({ endpoint }) => endpoint === id);
    if (!allowed) throw new TypeError(`decision does not allow \`${id}\``);
    const { endpoint, computes, grounds } = allowed;
    const { rid } = this.#decision;
    const { index: decision } = await this.durable;
    const xid = toHex(this.#cell.randomBytes(16));
    const peer = this.#peerOf(id);
    const entry = {
      ...stamp(this.#cell),
      t: "transfer" as const,
      rid,
      decision,
      endpoint,
      computes,
      grounds,
      xid,
      peer,
    };
    await append(this.#cell, entry, { kind: "within", rid });
    return { xid, peer };
  }

  async #close(outcome: Outcome): Promise<Position> {
    // One that cannot be ended made `endRecord` fail first, if the answer was whole; what is left is to say how it ended.
    // The record of a request that is decided again goes on.
    if (outcome.result !== "redecided") await this.endRecord().catch(() => undefined);
    const { rid } = this.#decision;
    const { index: decision } = await this.durable;
    // It stands before the outcome.
    await this.#imported;
    const res = this.#hasAnswer ? this.#answer.digest() : null;
    const entry = { ...stamp(this.#cell), ...outcome, t: "outcome" as const, rid, decision, res };
    const pairing = { kind: "closes", rid } as const;
    return append(this.#cell, entry, pairing).catch((error: unknown) => {
      if (!(error instanceof InvalidEntryError)) throw error;
      this.#cell.log({ event: "internal_error", cell: this.#cell.cell, request: rid, thrown: error });
      return append(this.#cell, leastOutcome(entry), pairing);
    });
  }
}

/** How it ended and who got the prompt: no outcome is lost because one of its members cannot be written. */
function leastOutcome(entry: OutcomeEntry): Written<OutcomeEntry> {
  const attempts = entry.attempts.map(({ endpoint, sent, allowed }) => ({
    endpoint,
    sent,
    asked: { model: null, region: null },
    allowed,
    evidence: null,
    observedAt: null,
    requestId: null,
    failure: null,
    usage: null,
  }));
  return { ...entry, v: 2, error: null, status: null, attempts, durationMs: null };
}

/** What may be done is what was recorded: by the list of an entry, which all requests of a kind share. */
const recorded = new WeakMap<DecisionEntry["allowed"], Permit>();

/** The permit without the endpoints that its decision's entry did not hold. */
function recordedPermit(permit: Permit, { allowed }: DecisionEntry): Permit {
  if (allowed.length === permit.terms.endpoints.length) return permit;
  const ids = new Set(allowed.map(({ endpoint }) => endpoint));
  const narrowed = recorded.get(allowed) ?? permit.narrow(({ id }) => ids.has(id));
  recorded.set(allowed, narrowed);
  return narrowed;
}
