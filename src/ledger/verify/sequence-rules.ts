// What one entry cannot show: that the log was opened as it says, that time and versions go on, and, in request-rules.ts,
// that every permit has one outcome (docs/spec/ledger.md, "Rules over the sequence").
import type { LogHead } from "../entry/log-head.ts";
import type { Entry, OpenedEntry } from "../entry/entry.ts";
import type { ReportBreach } from "./log-problem.ts";
import { RequestRules } from "./request-rules.ts";

/** How far a clock may be set back between two entries of one opening; more is a fault of the log. */
const clockToleranceMs = 2000;

/** Takes a log's entries in their order. */
export class SequenceRules {
  readonly #origin: string;
  readonly #report: ReportBreach;
  readonly #requests: RequestRules;
  #first: OpenedEntry | null = null;
  #opening: OpenedEntry | null = null;
  #latestMs = 0;
  #version = 0;
  #isClosed = false;

  constructor(origin: string, report: ReportBreach) {
    this.#origin = origin;
    this.#report = report;
    this.#requests = new RequestRules(origin, report);
  }

  /** Permits whose outcome has not come yet: in flight in a log that is in use, and none in one that was closed. */
  get openCount(): number {
    return this.#requests.openCount;
  }

  /** An entry of this version stands next in the log, whose other members nobody here can read. */
  passVersion(version: number): void {
    this.#version = Math.max(this.#version, version);
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
    this.#checkVersion(index, entry);
    const epoch = this.#opening?.epoch ?? 0;
    this.#requests.check(index, entry, { epoch, hasPrevious: this.#first?.previous !== null });
    if (entry.t === "closed") {
      this.#isClosed = true;
      this.#requests.close(index);
    }
  }

  /** Only an older program, that cannot have read the log, would go on in an older version. */
  #checkVersion(index: number, { v }: Entry): void {
    if (v < this.#version) {
      this.#report("version", index, `it is of version ${v}, after one of version ${this.#version}`);
    }
    this.passVersion(v);
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
}

function isSameHead(head: LogHead, other: LogHead | null): boolean {
  return head.origin === other?.origin && head.size === other.size && head.root === other.root;
}
