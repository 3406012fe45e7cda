import { type CellId, type EndpointId, type RequestId, toHex } from "../../base/index.ts";
import type { Commitment, SubjectKey } from "../../keys/index.ts";
import type { Permit } from "../../law/index.ts";
import {
  type DecisionEntry,
  encodeEntry,
  InvalidEntryError,
  type OutcomeEntry,
  type ViolationEntry,
  type Written,
} from "../../ledger/index.ts";
import { append, type Position, type Stamp, stamp } from "../../store/index.ts";
import { type Reached, reachedBy } from "../shared/transfer-tally.ts";
import type { CellServices } from "./cell-services.ts";
import type { Soon } from "./channel.ts";
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
  readonly rid: RequestId;
  /** The decision's entry. */
  readonly entry: Uint8Array;
  readonly permit: Permit;
  /** As the entry has them. */
  readonly allowed: DecisionEntry["allowed"];
  /** Commits to the bytes of the answer as they are released. */
  readonly key: SubjectKey;
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
  readonly #rid: RequestId;
  readonly #allowed: DecisionEntry["allowed"];
  readonly #key: SubjectKey;
  readonly #peerOf: (id: EndpointId) => CellId | null;
  readonly #record: Promise<ContentRecord> | null;
  /** Null before there is one. */
  #transfers: Map<EndpointId, Promise<RecordedTransfer>> | null = null;
  readonly #imported: Promise<Position> | null;
  readonly #tellTally: OpenDecisionOptions["settle"];
  /** Of what was released so far, while more may come. */
  #answer: Commitment | null = null;
  /** Of an answer that was released whole. */
  #wholeAnswer: string | null = null;
  #position: Position | null = null;
  #closing: Promise<Position> | null = null;
  #result: Outcome["result"] | null = null;

  constructor(
    cell: CellServices,
    { rid, entry, permit, allowed, key, record, peerOf, importedAs, settle }: OpenDecisionOptions,
  ) {
    this.#cell = cell;
    this.#rid = rid;
    this.#allowed = allowed;
    this.#key = key;
    this.#peerOf = peerOf;
    this.#tellTally = settle;
    this.permit = permit;
    this.durable = cell.ledger.append(entry, { kind: "opens", rid });
    this.#record = record;
    this.#imported = importedAs === null ? null : this.#import(importedAs);
    this.ready = recordedInTime(cell, this.#whenReady());
    // Whoever awaits it hears of a failure; until somebody does, it must not end the process.
    this.ready.then(
      (position) => {
        this.#position = position;
      },
      () => undefined,
    );
  }

  #whenReady(): Promise<Position> {
    if (this.#imported === null && this.#record === null) return this.durable;
    return Promise.all([this.durable, this.#imported, this.#record]).then(([position]) => position);
  }

  /**
   * Records bytes of the answer, if there is a record, and commits to them, just before they are released. Where there is
   * none, nothing is to be waited for.
   */
  commit(bytes: Uint8Array): Soon<void> {
    if (this.#record === null) return this.#commit(bytes);
    return this.#recordInTime(this.#record, (record) => record.answer(bytes)).then(() => this.#commit(bytes));
  }

  #commit(bytes: Uint8Array): void {
    this.#answer ??= this.#key.commitment(answerLabel);
    this.#answer.update(bytes);
  }

  /** The same for an answer that is released in one piece. */
  commitWhole(bytes: Uint8Array): Soon<void> {
    if (this.#record === null) return this.#commitWhole(bytes);
    return this.#recordInTime(this.#record, (record) => record.answer(bytes)).then(() =>
      this.#commitWhole(bytes),
    );
  }

  #commitWhole(bytes: Uint8Array): void {
    this.#wholeAnswer = this.#key.commit(answerLabel, bytes);
  }

  /**
   * Resolves once the record of the content, where one is made, is complete on disk. To be awaited before an outcome
   * that says `complete`: if we crash in between, there is a record of an answer whose outcome is `unknown`.
   */
  endRecord(): Soon<void> {
    if (this.#record !== null) return this.#recordInTime(this.#record, (record) => record.end());
  }

  /**
   * Resolves with the outcome's position once it is on disk. The first outcome stands; a second call waits for it. Rejects
   * when the disk does not answer in time; the outcome is written all the same when it does.
   */
  close(outcome: Outcome): Promise<Position> {
    if (this.#closing === null) {
      this.#result = outcome.result;
      this.#closing = this.#close(outcome);
      if (this.#tellTally !== null) {
        this.#closing.then(
          () => this.#settle(outcome.attempts),
          () => this.#settle(null),
        );
      }
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
    const known = this.#transfers?.get(id);
    if (known) return known;
    const recorded = recordedInTime(this.#cell, this.#transfer(id));
    this.#transfers ??= new Map();
    this.#transfers.set(id, recorded);
    return recorded;
  }

  violation(violation: Violation): Promise<Position> {
    return recordedInTime(this.#cell, this.#violation(violation));
  }

  /** Once the outcome is on disk; where it is not, nobody will ever read who was sent it. */
  #settle(attempts: Outcome["attempts"] | null): void {
    const transfers = Array.from(this.#transfers?.keys() ?? []);
    this.#tellTally?.(reachedBy({ allowed: this.#allowed, transfers, attempts }));
  }

  #recordInTime(
    record: Promise<ContentRecord>,
    write: (record: ContentRecord) => Promise<void>,
  ): Promise<void> {
    return inTime(this.#cell, record.then(write), () => new RecordUnavailableError({}));
  }

  async #violation(violation: Violation): Promise<Position> {
    const rid = this.#rid;
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
    const rid = this.#rid;
    const { index: decision } = await this.durable;
    const entry = { ...stamp(this.#cell), t: "import" as const, rid, decision, xid };
    return append(this.#cell, entry, { kind: "within", rid });
  }

  async #transfer(id: EndpointId): Promise<RecordedTransfer> {
    const allowed = this.#allowed.find(({ endpoint }) => endpoint === id);
    if (!allowed) throw new TypeError(`decision does not allow \`${id}\``);
    const { endpoint, computes, grounds } = allowed;
    const rid = this.#rid;
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

  #close(outcome: Outcome): Promise<Position> {
    return this.#position === null || this.#record !== null
      ? this.#closeInTurn(outcome)
      : this.#appendOutcome(outcome, this.#position);
  }

  /** After all that stands before it. */
  async #closeInTurn(outcome: Outcome): Promise<Position> {
    // One that cannot be ended made `endRecord` fail first, if the answer was whole; what is left is to say how it ended.
    // The record of a request that is decided again goes on.
    if (outcome.result !== "redecided") await Promise.resolve(this.endRecord()).catch(() => undefined);
    const position = await this.durable;
    await this.#imported;
    return this.#appendOutcome(outcome, position);
  }

  #appendOutcome(outcome: Outcome, { index: decision }: Position): Promise<Position> {
    const rid = this.#rid;
    const res = this.#wholeAnswer ?? this.#answer?.digest() ?? null;
    const entry = { ...stamp(this.#cell), ...outcome, t: "outcome" as const, rid, decision, res };
    return this.#cell.ledger.append(this.#encodeOutcome(entry), { kind: "closes", rid });
  }

  #encodeOutcome(entry: Written<OutcomeEntry>): Uint8Array {
    try {
      return encodeEntry(entry);
    } catch (error) {
      if (!(error instanceof InvalidEntryError)) throw error;
      const { cell, log } = this.#cell;
      log({ event: "internal_error", cell, request: entry.rid, thrown: error });
      return encodeEntry(leastOutcome(entry));
    }
  }
}

const answerLabel = "res/v1";

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
  return { ...entry, v: 3, error: null, status: null, attempts, durationMs: null };
}
