// Verifies several logs together: what each says of the others, beside what each is by itself.
import { AuditedMonth, type LedgerLogReport } from "./audited-month.ts";
import { checkLaterFacts } from "./later-facts.ts";
import type { LogReader } from "./log-reader.ts";
import { contradiction, nextKey, trusting } from "./log-succession.ts";
import type { NoteKey } from "../note/note-key.ts";
import { pairTransfers, type TransferCount } from "./pair-transfers.ts";
import { parseProofFile } from "../note/proof-file.ts";
import type { SeenCheckpoint } from "./seen-checkpoints.ts";
import { closingFile, provenClosing } from "../note/vouched-keys.ts";
import { auditLog, type LogVerification, nothingRead, readCheckpoint } from "./verify-log.ts";

export interface LedgerVerification extends Omit<LogVerification, "reader" | "onEntry"> {
  /** In any order, of any number of cells; a cell's logs are read from its oldest to its newest. */
  readonly readers: readonly LogReader[];
  /** Checkpoints of these logs that were kept elsewhere. */
  readonly seen?: readonly SeenCheckpoint[];
}

export interface LedgerReport {
  /** In the order of the readers. */
  readonly logs: readonly LedgerLogReport[];
  readonly transfers: TransferCount;
}

/** Never throws for what the files hold; rejects only if a reader does. */
export async function verifyLedger(options: LedgerVerification): Promise<LedgerReport> {
  const months = await Promise.all(
    options.readers.map((reader) => AuditedMonth.open(reader, options.seen ?? [])),
  );
  const total = months.reduce((sum, { stated }) => sum + (stated?.size ?? 0), 0);
  const audit = new LedgerAudit(options, total);
  for (const month of months.toSorted((left, right) => left.compare(right))) await audit.add(month);
  audit.finish();
  checkLaterFacts(months);
  return { transfers: pairTransfers(months), logs: months.map((month) => month.report()) };
}

/** Takes logs in the order of their months, so that each is known when its successor is read. */
class LedgerAudit {
  readonly #options: LedgerVerification;
  readonly #total: number;
  /** Keys that the `closed` entries of sound logs name: for those origins no other key is believed. */
  readonly #vouched: NoteKey[] = [];
  readonly #months: AuditedMonth[] = [];
  #done = 0;

  constructor(options: LedgerVerification, total: number) {
    this.#options = options;
    this.#total = total;
  }

  async add(month: AuditedMonth): Promise<void> {
    const before = this.#months.filter((other) => other.lineage === month.lineage);
    this.#months.push(month);
    month.isPruned = await month.isEmptied();
    await (month.isPruned ? this.#readHead(month) : this.#readWhole(month));
    this.#done += month.stated?.size ?? 0;
    await this.#compareWithEarlier(month, before);
    // A log with a fault vouches for nobody.
    const origin = month.findings.checkpoint?.origin ?? "";
    const { closing } = month.story;
    if (month.problems.count > 0 || closing === null) return;
    const next = nextKey(this.#options.sha256, origin, closing);
    if (next !== null) this.#vouched.push(next);
  }

  /** Checks what can only be said once the later logs are read too. */
  finish(): void {
    for (const month of this.#months) {
      if (month.isPruned) this.#checkRetention(month);
      const next = month.story.closing?.next?.origin;
      if (next !== undefined && !this.#months.some(({ stated }) => stated?.origin === next)) {
        month.absent.push(next);
      }
    }
  }

  async #readWhole(month: AuditedMonth): Promise<void> {
    const { onProgress, ...options } = this.#options;
    const done = this.#done;
    const reading = {
      ...options,
      reader: month.reader,
      trust: trusting(options.trust, this.#vouched),
      onEntry: month.story.take.bind(month.story),
      onProgress: (checkedCount: number) => onProgress?.(done + checkedCount, this.#total),
    };
    month.findings = await auditLog(reading, month.problems);
  }

  /** What is left of a log whose time is over is its checkpoint, signed and cosigned as any. */
  async #readHead(month: AuditedMonth): Promise<void> {
    const { verifyEd25519 } = this.#options;
    const trust = trusting(this.#options.trust, this.#vouched);
    const checkpoint = await readCheckpoint({ reader: month.reader, trust, verifyEd25519 });
    if (!checkpoint.ok) {
      month.problems.add("checkpoint", "checkpoint", checkpoint.error);
      return;
    }
    month.findings = nothingRead(checkpoint.value);
    const proof = parseProofFile((await month.reader.read(closingFile)) ?? new Uint8Array());
    const closing = proof.ok ? provenClosing(proof.value, trust, this.#options) : null;
    if (closing?.origin === checkpoint.value.origin) month.story.closing = closing.entry;
  }

  /** Where the log is at hand that the opening names, it must have had that root at that size (RFC 9162 §2.1.4). */
  async #compareWithEarlier(month: AuditedMonth, before: readonly AuditedMonth[]): Promise<void> {
    if (month.story.opening === null) return;
    const { previous } = month.story.opening;
    const latest = before.findLast((other) => other.name < month.name)?.stated?.origin;
    if (previous === null) {
      if (latest !== undefined) month.addSuccession(`it names no log before it, but there is ${latest}`);
      return;
    }
    const named = before.find(({ stated }) => stated?.origin === previous.origin);
    if (named === undefined) {
      if (latest === undefined) month.absent.push(previous.origin);
      else month.addSuccession(`it follows ${previous.origin}, which is missing after ${latest}`);
    } else if (named.known !== null) {
      const fault = await contradiction(this.#options.sha256, previous, named.known);
      if (fault !== null) month.addSuccession(fault);
    }
  }

  /** Entries may go only if a later log, itself without a problem, tells of exactly this head. */
  #checkRetention({ lineage, name, known, problems }: AuditedMonth): void {
    const isTold = this.#months.some(
      (later) =>
        later.lineage === lineage &&
        later.name > name &&
        later.problems.count === 0 &&
        later.story.retired.some(
          ({ origin, size, root }) =>
            origin === known?.head.origin && size === known.head.size && root === known.head.root,
        ),
    );
    if (isTold) return;
    const reason = "its entries are gone, and no later log of the cell says that their time was over";
    problems.add("succession", "tile/entries", reason);
  }
}
