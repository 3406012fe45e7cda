import { type CellId, type EndpointId, toHex } from "../base/index.ts";
import type { Commitment } from "../keys/index.ts";
import type { Permit } from "../law/index.ts";
import {
  type DecisionEntry,
  encodeEntry,
  type Entry,
  type OutcomeEntry,
  type ViolationEntry,
} from "../ledger/index.ts";
import type { Pairing, Position } from "../store/index.ts";
import type { CellContext } from "./cell-context.ts";
import type { ContentRecord } from "./records/content-record.ts";

type Stamp = Pick<Entry, "v" | "n" | "ts" | "cell">;
type Linked = keyof Stamp | "t" | "rid" | "decision";
export type Outcome = Omit<OutcomeEntry, Linked | "res">;
export type Violation = Omit<ViolationEntry, Linked>;

/** What every entry of this cell begins with. */
export function stamp({ cell, now, randomBytes }: Pick<CellContext, "cell" | "now" | "randomBytes">): Stamp {
  return { v: 1, n: toHex(randomBytes(16)), ts: now(), cell };
}

/** Resolves once the entry is on disk. */
export async function append(
  { ledger }: Pick<CellContext, "ledger">,
  entry: Entry,
  pairing: Pairing,
): Promise<Position> {
  return ledger.append(encodeEntry(entry), pairing);
}

/** As callers are told: the log, which is not the same for all entries of a request over a month's end, and the index. */
export function formatPosition({ origin, index }: Position): string {
  return `${origin}#${index}`;
}

/** One use of an endpoint as a transfer, recorded. */
export interface RecordedTransfer {
  /** Travels with the request to a peer, so that its log holds the same. */
  readonly xid: string;
  readonly peer: CellId | null;
}

interface DocketOptions {
  readonly decision: DecisionEntry;
  readonly permit: Permit;
  /** Over the bytes of the answer as they are released. */
  readonly answer: Commitment;
  /** Of the content, where the tenant has one made; begun with the request. */
  readonly record: Promise<ContentRecord> | null;
  /** The id under which another cell sent the request here; null for one that came from a caller. */
  readonly importedAs: string | null;
}

/**
 * One permitted request in the ledger: opened by its decision, closed by exactly one outcome.
 * If we crash in between, the log's next opening writes the outcome `unknown`.
 */
export class Docket {
  /** Resolves with the decision's position once it is on disk. */
  readonly durable: Promise<Position>;
  /**
   * Resolves once the decision, the import if the request is one, and the record of it where one is made, are on disk. INVARIANT: no byte leaves
   * the cell, and nothing of the answer is released, before.
   */
  readonly ready: Promise<Position>;
  /** What may be done, exactly as it was recorded: an endpoint that did not fit into the entry is not used. */
  readonly permit: Permit;
  readonly #cell: CellContext;
  readonly #decision: DecisionEntry;
  readonly #answer: Commitment;
  readonly #record: Promise<ContentRecord> | null;
  readonly #transfers = new Map<EndpointId, Promise<RecordedTransfer>>();
  readonly #imported: Promise<Position | null>;
  #hasAnswer = false;
  #closing: Promise<Position> | null = null;

  constructor(cell: CellContext, { decision, permit, answer, record, importedAs }: DocketOptions) {
    this.#cell = cell;
    this.#decision = decision;
    this.#answer = answer;
    this.permit = permit.narrow(({ id }) => decision.allowed.some(({ endpoint }) => endpoint === id));
    this.durable = append(cell, decision, { kind: "opens", rid: decision.rid });
    this.#record = record;
    this.#imported = importedAs === null ? Promise.resolve(null) : this.#import(importedAs);
    this.ready = Promise.all([this.durable, this.#imported, record]).then(([position]) => position);
    // Whoever awaits these hears of a failure; until somebody does, it must not end the process.
    for (const promise of [this.durable, this.#imported, this.ready, record]) promise?.catch(() => undefined);
  }

  /** Records bytes of the answer, if there is a record, and commits to them, just before they are released. */
  async commit(bytes: Uint8Array): Promise<void> {
    await (await this.#record)?.answer(bytes);
    this.#hasAnswer = true;
    this.#answer.update(bytes);
  }

  /**
   * Resolves once the record of the content, where one is made, is complete on disk. To be awaited before an outcome
   * that says `complete`: if we crash in between, there is a record of an answer whose outcome is `unknown`.
   */
  async endRecord(): Promise<void> {
    await (await this.#record)?.end();
  }

  /** Resolves with the outcome's position once it is on disk. The first outcome stands; a second call waits for it. */
  close(outcome: Outcome): Promise<Position> {
    this.#closing ??= this.#close(outcome);
    return this.#closing;
  }

  /**
   * Resolves once the use of this endpoint as a transfer is on disk; asked again, it waits for the same entry. Nothing
   * leaves for it before.
   */
  transfer(id: EndpointId): Promise<RecordedTransfer> {
    const known = this.#transfers.get(id);
    if (known) return known;
    const recorded = this.#transfer(id);
    this.#transfers.set(id, recorded);
    return recorded;
  }

  async violation(violation: Violation): Promise<Position> {
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
    const peer = this.#cell.policy.endpoints.get(id)?.peer ?? null;
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
    await this.endRecord().catch(() => undefined);
    const { rid } = this.#decision;
    const { index: decision } = await this.durable;
    // It stands before the outcome.
    await this.#imported;
    const res = this.#hasAnswer ? this.#answer.digest() : null;
    const entry = { ...stamp(this.#cell), ...outcome, t: "outcome" as const, rid, decision, res };
    return append(this.#cell, entry, { kind: "closes", rid });
  }
}
