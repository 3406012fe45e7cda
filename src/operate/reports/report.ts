// What a report is, before it is written down as JSON, CSV and a page to print. Everything in it comes from entries.
import type { LogHead } from "../../ledger/index.ts";

export const reportRegimes = [
  "eu-gdpr-30",
  "eu-gdpr-44",
  "eu-ai-act",
  "us-hipaa",
  "soc2",
  "iso-27001",
  "pci-dss",
  "eu-dora",
] as const;

export type ReportRegime = (typeof reportRegimes)[number];

export interface Report {
  readonly format: 1;
  readonly regime: ReportRegime;
  readonly title: string;
  /** What is asked, where, and which sections answer it. */
  readonly asks: readonly Ask[];
  readonly period: Period;
  /** The handle of the one tenant that it is about, or null: all of them. */
  readonly tenant: string | null;
  readonly madeAt: string;
  /** What verified the logs and made the report: name and version. */
  readonly software: string;
  readonly sources: readonly Source[];
  /** Entries read, of all sources; that is all of them. */
  readonly scannedCount: number;
  readonly sampling: Sampling;
  readonly sections: readonly Section[];
  /** What the law asks and no ledger can say. */
  readonly notHeld: readonly string[];
  readonly citations: readonly Citation[];
}

export interface Ask {
  readonly article: string;
  readonly asks: string;
  readonly source: string;
}

export interface Period {
  /** RFC 3339; `to` is exclusive. */
  readonly from: string;
  readonly to: string;
}

/** One log as it was when it was verified; every statement of the report is bound to these. */
export interface Source extends LogHead {
  /** First and last index with a time in the period; null where there is none. */
  readonly inPeriod: { readonly first: number; readonly last: number; readonly count: number } | null;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly cosigners: readonly string[];
  readonly quorum: string;
  /** Below the report's folder: the signed checkpoint itself. */
  readonly checkpoint: string;
  /** Its entries were deleted when their time was over. */
  readonly isPruned: boolean;
  /** Logs of the same cell that it names and that were not given. */
  readonly absent: readonly string[];
  /** Of a peer, given only to find the other half of transfers in. */
  readonly isPeer: boolean;
}

/** How the records were picked that are cited and proven. Counts are never sampled. */
export interface Sampling {
  readonly seed: string;
  /** False: nobody gave a seed, and the roots of the logs were taken. */
  readonly isSeedGiven: boolean;
  readonly perRow: number;
  readonly rule: string;
}

export type Cell = string | number | null;

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly article: string;
  readonly text: string;
  readonly facts: readonly Fact[];
  readonly chart: Chart | null;
  readonly table: Table | null;
}

export interface Fact {
  readonly label: string;
  readonly value: Cell;
  /** A finding that its reader has to look at. */
  readonly isAlarming?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Groups that were counted and not listed, and what their counts add up to. */
  readonly unlisted: { readonly groups: number; readonly count: number };
}

export interface Column {
  readonly id: string;
  readonly title: string;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Positions in {@link Report.citations}. */
  readonly cited: readonly number[];
}

export type Chart =
  | { readonly kind: "bars"; readonly title: string; readonly bars: readonly Bar[] }
  | {
      readonly kind: "days";
      readonly title: string;
      readonly days: readonly Day[];
      readonly series: readonly string[];
    };

export interface Bar {
  readonly label: string;
  readonly value: number;
}

export interface Day {
  readonly day: string;
  /** In the order of the chart's series. */
  readonly values: readonly number[];
}

/** An entry that stands in the log under a signed checkpoint, and the file that proves it. */
export interface Citation {
  readonly origin: string;
  readonly index: number;
  readonly kind: string;
  readonly at: string;
  readonly proof: string;
}
