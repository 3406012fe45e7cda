// What a thread of a cell needs in order to answer requests at all, whosever they are. Each thread has one of its own.
import type { CellId, MonotonicClock, WallClock } from "../../base/index.ts";
import type { CellLimits } from "../../config/index.ts";
import type { LedgerClient } from "../../store/index.ts";
import type { Alarm, Logger, Metrics } from "../../telemetry/index.ts";
import { createMeters, type Meters } from "../shared/meters.ts";

/** What each thread makes for itself. */
export interface ThreadTools {
  /** Of this thread alone; a scrape merges those of all. */
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: WallClock;
  readonly monotonicNow: MonotonicClock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface ThreadServices extends ThreadTools {
  /** The cell of the policy that this process is. */
  readonly cell: CellId;
  readonly limits: CellLimits;
  /** Whose pages may ask from a browser; nobody's may ask the control thread. */
  readonly corsOrigins: readonly string[];
  readonly ledger: LedgerClient;
  readonly meters: Meters;
  /** Counts and logs a condition that a person must look at. */
  readonly alarm: (alarm: Alarm) => void;
  readonly life: ThreadLife;
}

/** Owner: the thread whose services it is part of. */
export interface ThreadLife {
  isDraining: boolean;
  /** Threads of the cell have ended unasked, and none is left to serve callers. */
  hasLostThread: boolean;
  standing: Standing;
}

/** What the control thread knows of the cell and tells every other thread. INVARIANT: plain data. */
export interface Standing {
  /** Why the newest policy file is not in force; null while it is. */
  readonly policyRefusal: PolicyRefusal | null;
  readonly areKeysAvailable: boolean;
  /** False while the folder of legal events cannot be read: a suspension would not be heard of. */
  readonly areLegalEventsHeard: boolean;
}

/** Why a policy file is not in force, and the last good policy is; the words are the log's. */
export type PolicyRefusal =
  /** It has errors, or is not there: `bailiwick check` names them. */
  | "unusable"
  /** It changes what is fixed when a cell starts. */
  | "restart_needed";

export function beginLife(): ThreadLife {
  const standing = { policyRefusal: null, areKeysAvailable: true, areLegalEventsHeard: true };
  return { isDraining: false, hasLostThread: false, standing };
}

/** The meters of a thread, and its alarm. */
export function createAlarm(
  { metrics, log }: ThreadTools,
  cell: CellId,
): Pick<ThreadServices, "meters" | "alarm"> {
  const meters = createMeters(metrics, cell);
  return {
    meters,
    alarm(alarm) {
      meters.alarm(alarm);
      log({ event: "alarm", cell, alarm });
    },
  };
}
