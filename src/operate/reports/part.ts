import type { Citations } from "./citations.ts";
import type { Recorded, RecordedRequest } from "./recorded.ts";
import type { Section } from "./report.ts";

/** What the parts of a report share. */
export interface PartContext {
  readonly citations: Citations;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One question of a report, answered while the logs go by. What it holds must not grow with their length. */
export interface ReportPart {
  /** Sees each request that was decided in the period, and of the tenant if one was named, in the order of their ends. */
  request?(request: RecordedRequest): void;
  /** Sees every entry of every log that the report is about, inside the period or not. */
  entry?(recorded: Recorded, scope: EntryScope): void;
  /** Sees every entry of a peer's logs, which are given only for the other half of transfers. */
  peerEntry?(recorded: Recorded): void;
  /** Called once, when all entries have gone by. */
  finish(): Section;
  /** After `finish`: a file that may be as long as the log, line by line. */
  register?(): Register;
}

export interface EntryScope {
  readonly isInPeriod: boolean;
  /** False for an erasure, hold, disclosure or opened record of a subject that is not known to be the one tenant's. */
  readonly isOfTenant: boolean;
}

export interface Register {
  /** Below the report's folder. */
  readonly path: string;
  readonly lines: Iterable<string>;
}

/** Makes a part anew for each report. */
export type PartMaker = (context: PartContext) => ReportPart;

/** What every section has to say of itself. */
export interface Heading {
  readonly id: string;
  readonly title: string;
  readonly article: string;
  readonly text: string;
}
