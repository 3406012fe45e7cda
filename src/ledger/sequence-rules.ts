// What one entry cannot show: that the log was opened as it says, that time goes on, that every permit has one outcome,
// and that nothing ran outside a permit (docs/spec/ledger.md, "Rules over the sequence").
import { countryOf, type EndpointId, includesPlace, type Place, type RequestId } from "../base/index.ts";
import type {
  AllowedEndpoint,
  DecisionEntry,
  Entry,
  ImportEntry,
  LogHead,
  OpenedEntry,
  OutcomeEntry,
  TransferEntry,
  ViolationEntry,
} from "./entry.ts";
import type { ProblemKind } from "./log-problem.ts";

/** How far a clock may be set back between two entries of one opening; more is a fault of the log. */
const clockToleranceMs = 2000;

/** `index` is that of the entry at fault, which for a decision left open is an earlier one. */
export type ReportBreach = (kind: ProblemKind, index: number, reason: string) => void;

/** A permit that waits for its outcome. */
interface OpenDecision {
  readonly rid: RequestId;
  readonly epoch: number;
  readonly allowed: readonly AllowedEndpoint[];
  /** Endpoints that have a transfer entry. */
  readonly transfers: EndpointId[];
  hasViolation: boolean;
  hasImport: boolean;
}

interface Use {
  readonly endpoint: EndpointId;
  readonly decision: number;
  readonly open: OpenDecision;
}

/** Takes a log's entries in their order. Holds the open decisions, and nothing of what is closed. */
export class SequenceRules {
  readonly #origin: string;
  readonly #report: ReportBreach;
  readonly #open = new Map<number, OpenDecision>();
  #first: OpenedEntry | null = null;
  #opening: OpenedEntry | null = null;
  #latestMs = 0;
  #isClosed = false;

  constructor(origin: string, report: ReportBreach) {
    this.#origin = origin;
    this.#report = report;
  }

  /** Permits whose outcome has not come yet: in flight in a log that is in use, and none in one that was closed. */
  get openCount(): number {
    return this.#open.size;
  }

  check(index: number, entry: Entry): void {
    // Whoever believes the key in `next` believes that nothing comes here any more.
    if (this.#isClosed) this.#report("succession", index, "it comes after the entry that closed the log");
    if (entry.t === "opened") this.#checkOpening(index, entry);
    else if (index === 0) this.#report("opening", index, "the first entry is not an opening");
    if (this.#opening !== null && entry.cell !== this.#opening.cell) {
      this.#report("opening", index, "the entry is of another cell than the opening before it");
    }
    if (entry.ts < this.#latestMs - clockToleranceMs) {
      this.#report("time", index, `the entry is ${this.#latestMs - entry.ts} ms older than one before it`);
    }
    this.#latestMs = Math.max(this.#latestMs, entry.ts);
    if (entry.t === "decision") this.#checkDecision(index, entry);
    if (entry.t === "transfer") this.#checkTransfer(index, entry);
    if (entry.t === "outcome") this.#checkOutcome(index, entry);
    if (entry.t === "violation") this.#checkViolation(index, entry);
    if (entry.t === "import") this.#checkImport(index, entry);
    if (entry.t === "closed") this.#checkClosing(index);
  }

  #checkOpening(index: number, opening: OpenedEntry): void {
    if (opening.origin !== this.#origin) this.#report("opening", index, "the opening names another origin");
    // A copy of the log that was opened elsewhere, or a state that was restored, shows here.
    if (this.#opening !== null && opening.epoch <= this.#opening.epoch) {
      this.#report("opening", index, `epoch ${opening.epoch} does not follow epoch ${this.#opening.epoch}`);
    }
    this.#first ??= opening;
    if (opening.previous !== null && !isSameHead(opening.previous, this.#first.previous)) {
      this.#report("succession", index, "it names another log before this one than entry 0 does");
    }
    this.#opening = opening;
    this.#latestMs = opening.ts;
  }

  #checkClosing(index: number): void {
    this.#isClosed = true;
    for (const left of this.#open.keys()) {
      this.#report("pairing", left, `the log was closed by entry ${index}, but this permit has no outcome`);
    }
    this.#open.clear();
  }

  #checkDecision(index: number, { rid, verdict, allowed }: DecisionEntry): void {
    const epoch = this.#opening?.epoch ?? 0;
    this.#checkLeftOpen(epoch);
    if (verdict !== "permit") return;
    this.#open.set(index, { rid, epoch, allowed, transfers: [], hasViolation: false, hasImport: false });
  }

  /** Whoever opens a log again closes what the last process left open, before it decides anything. */
  #checkLeftOpen(epoch: number): void {
    for (const [index, decision] of this.#open) {
      // The map is in the order of the log: after the first decision of this opening there is no older one.
      if (decision.epoch === epoch) return;
      this.#report("pairing", index, "the log was opened again and went on, but this permit has no outcome");
      this.#open.delete(index);
    }
  }

  #checkOutcome(index: number, { decision, rid, attempts, executed }: OutcomeEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    this.#open.delete(decision);
    const tried = attempts.map(({ endpoint }) => endpoint);
    for (const endpoint of new Set(executed === null ? tried : [...tried, executed.endpoint])) {
      this.#checkUse(index, { endpoint, decision, open });
    }
    if (executed === null || open.hasViolation) return;
    const allowed = allowedIn(open, executed.endpoint);
    const lawful = new Set(allowed?.computes);
    const stray = executed.evidenced.find((place) => allowed !== undefined && !agrees(lawful, place));
    if (stray === undefined) return;
    this.#report(
      "permit",
      index,
      `evidence of \`${stray}\`, outside the permit, with no violation entry before it`,
    );
  }

  #checkUse(index: number, { endpoint, decision, open }: Use): void {
    const allowed = allowedIn(open, endpoint);
    if (allowed === undefined) {
      this.#report(
        "permit",
        index,
        `\`${endpoint}\` is not among the endpoints that decision ${decision} allowed`,
      );
    } else if (allowed.transfer && !open.transfers.includes(endpoint)) {
      this.#report("permit", index, `\`${endpoint}\` is a transfer, with no transfer entry before it`);
    }
  }

  #checkTransfer(index: number, { decision, rid, endpoint, computes, grounds }: TransferEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    const allowed = allowedIn(open, endpoint);
    if (open.transfers.includes(endpoint)) {
      this.#report("pairing", index, `decision ${decision} has a transfer entry for \`${endpoint}\` already`);
    }
    open.transfers.push(endpoint);
    // Both are canonical, so equal values have equal texts.
    const recorded = JSON.stringify([allowed?.transfer, allowed?.computes, allowed?.grounds]);
    if (recorded === JSON.stringify([true, computes, grounds])) return;
    this.#report("permit", index, `decision ${decision} did not allow this transfer to \`${endpoint}\``);
  }

  #checkViolation(index: number, { decision, rid }: ViolationEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open !== null) open.hasViolation = true;
  }

  #checkImport(index: number, { decision, rid }: ImportEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    if (open.hasImport) this.#report("pairing", index, `decision ${decision} has an import entry already`);
    open.hasImport = true;
  }

  #openDecision(index: number, decision: number, rid: RequestId): OpenDecision | null {
    const open = this.#open.get(decision);
    if (open?.rid === rid) return open;
    const reason = open === undefined ? "is no permit that waits for an outcome" : "is of another request";
    this.#report("pairing", index, `entry ${decision}, which this one refers to, ${reason}`);
    return null;
  }
}

function allowedIn({ allowed }: OpenDecision, wanted: EndpointId): AllowedEndpoint | undefined {
  return allowed.find(({ endpoint }) => endpoint === wanted);
}

function isSameHead(head: LogHead, other: LogHead | null): boolean {
  return head.origin === other?.origin && head.size === other.size && head.root === other.root;
}

/** A country that holds a permitted subdivision is coarse evidence, not contrary evidence. */
function agrees(lawful: ReadonlySet<Place>, place: Place): boolean {
  return includesPlace(lawful, place) || Array.from(lawful).some((allowed) => countryOf(allowed) === place);
}
