import type { SettledMs } from "../../base/index.ts";
import type { Vault } from "../../keys/index.ts";
import type { Ledger, Recorder } from "../../store/index.ts";
import type { ContentRecords } from "../records/content-records.ts";
import type { Quarantines } from "./quarantines.ts";

/** What is needed in order to look, and to change nothing. */
export type LifecycleReadAccess = Omit<LifecycleAccess, "ledger">;

/**
 * What lifecycle acts work on: the record of a cell and the keys behind it. A running cell has it, and so has a command
 * that opened the state of a cell that does not run.
 */
export interface LifecycleAccess extends Recorder {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly records: ContentRecords;
  readonly quarantines: Quarantines;
  /** By it holds end and content is deleted: it stands still while the clocks disagree. */
  readonly settledNow: () => SettledMs;
  /**
   * Nothing is kept of what the subject was answered, to be given again, when it resolves. To be called once the vault hands
   * its key to nobody. A cell that does not run keeps nothing.
   */
  readonly forgetAnswers: (subject: string) => Promise<void>;
  /** Of the policy that the cell goes by now. */
  readonly knownTenants: () => readonly string[];
}
