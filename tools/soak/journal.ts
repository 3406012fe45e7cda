// What the tool itself saw, in the order in which it saw it. Verdicts are made from this and from the ledger alone. All
// times are of the tool's own monotonic clock.
import type { EngineName, TenantName } from "./lawful-sets.ts";

export const callKinds = [
  "plain",
  "stream",
  "leaves",
  "bad-body",
  "wrong-key",
  "unknown-model",
  "unfinished",
  "half",
  "garbage",
  "stalls",
  "flood",
] as const;
export type CallKind = (typeof callKinds)[number];

/** One request as its caller lived it. */
export interface Call {
  readonly kind: CallKind;
  readonly tenant: TenantName;
  /** Whom it said that it was about. */
  readonly person: string | null;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly status: number | null;
  readonly error: string | null;
  /** How the system calls the end of a connection that broke before an answer, and whether others had used it before. */
  readonly fault: string | null;
  readonly rid: string | null;
  /** From `bailiwick-ledger`: `origin#index`. */
  readonly position: string | null;
  /** Of the answer's body, as far as it came. */
  readonly bytes: number;
  /** `whole`: the answer came to its proper end. `late`: the tool gave up. */
  readonly ended: "whole" | "broken" | "left" | "late";
}

/** The first bytes of a request at an engine. */
export interface Arrival {
  readonly engine: EngineName;
  readonly rid: string;
  readonly atMs: number;
  /** From the body, when it has come. */
  tenant: TenantName | null;
}

/** From asking the process to end, or ending it, until its successor is ready. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
  /** It could not finish what was under way: it was killed, or lost its disk. */
  readonly isKill: boolean;
}

/** One gateway thread was ended, until another was in its place; infinite where none came. */
export interface ThreadLoss {
  readonly fromMs: number;
  toMs: number;
}

/** What the cell said of budgets when nothing was under way, and how long its logs were then. */
export interface Audit {
  readonly when: string;
  readonly budgets: readonly BudgetStanding[];
  /** By origin. */
  readonly logSizes: ReadonlyMap<string, number>;
  /** When that process had lost threads. */
  readonly lossesMs: readonly number[];
}

/** In EUR. */
export interface BudgetStanding {
  readonly tenant: string;
  /** By which entries name the tenant. */
  readonly handle: string;
  readonly most: number;
  readonly used: number;
  readonly sinceMs: number;
}

export interface Erasure {
  readonly tenant: TenantName;
  readonly person: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Stop {
  readonly tookMs: number;
  readonly exitCode: number | null;
}

export interface LoggedEvent {
  readonly event: string;
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** When an engine was not well; `toMs` is infinite while it lasts. */
export interface Illness {
  readonly engine: EngineName;
  readonly mode: string;
  readonly fromMs: number;
  toMs: number;
}

export interface Life {
  readonly pid: number;
  /** One a second. */
  readonly rssBytes: number[];
  /** One every few seconds. */
  readonly descriptors: number[];
  /** The same, of each thread that says so itself (inside.ts). */
  readonly threads: ThreadSample[];
}

export interface ThreadSample {
  readonly thread: string;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMostMs: number;
  readonly handles: number;
  readonly heapUsedBytes: number;
}

export class Journal {
  readonly calls: Call[] = [];
  readonly arrivals: Arrival[] = [];
  readonly connections: { readonly engine: EngineName; readonly atMs: number }[] = [];
  readonly lies: { readonly engine: EngineName; readonly atMs: number }[] = [];
  readonly illnesses: Illness[] = [];
  readonly absences: Absence[] = [];
  readonly threadLosses: ThreadLoss[] = [];
  readonly audits: Audit[] = [];
  readonly erasures: Erasure[] = [];
  readonly stops: Stop[] = [];
  readonly logged: LoggedEvent[] = [];
  readonly lives: Life[] = [];
  readonly verifications: { readonly code: number | null; readonly text: string }[] = [];
  readonly blackouts: { readonly fromMs: number; readonly toMs: number }[] = [];
  /** From the first lie of an engine to its release, in the life of another process than the one that heard it. */
  readonly quarantines: {
    readonly engine: EngineName;
    readonly fromMs: number;
    readonly heardByMs: number;
    readonly toMs: number;
  }[] = [];
  /** What showed itself while the run went on. */
  readonly faults: string[] = [];
  /** How often each act of the schedule was done. */
  readonly acts = new Map<string, number>();
  /** What could not be done here, and why. */
  readonly skipped = new Set<string>();

  count(act: string): void {
    this.acts.set(act, (this.acts.get(act) ?? 0) + 1);
  }

  /** The process or one of its threads was away. */
  absent(fromMs: number, toMs: number): boolean {
    return [...this.absences, ...this.threadLosses].some(
      (each) => fromMs <= each.toMs && toMs >= each.fromMs,
    );
  }

  /** When the process that runs now has lost gateway threads. */
  lossesInThisLife(): readonly number[] {
    const beganMs = Math.max(0, ...this.absences.map(({ toMs }) => toMs));
    return this.threadLosses.map(({ fromMs }) => fromMs).filter((fromMs) => fromMs >= beganMs);
  }

  /** When the cell first said so after a moment. */
  alarmAfter(kind: string, fromMs: number): number {
    const isIt = ({ atMs, fields }: LoggedEvent): boolean => atMs >= fromMs && fields["alarm"] === kind;
    return this.logged.find(isIt)?.atMs ?? Number.POSITIVE_INFINITY;
  }

  killed(fromMs: number, toMs: number): boolean {
    const kills = this.absences.filter(({ isKill }) => isKill);
    return [...kills, ...this.threadLosses].some((each) => fromMs <= each.toMs && toMs >= each.fromMs);
  }

  alarms(kind: string): number {
    return this.logged.filter(({ event, fields }) => event === "alarm" && fields["alarm"] === kind).length;
  }
}
