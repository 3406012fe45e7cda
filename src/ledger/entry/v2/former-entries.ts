// What version 2 wrote of a request. Logs hold it for ever.
import type { DecisionEntry } from "../decision-entry.ts";
import type { EntryStamp } from "../log-head.ts";
import type { OutcomeEntry } from "../outcome-entry.ts";

/** As a {@link DecisionEntry}, in all but its version. */
export type DecisionEntryV2 = Omit<DecisionEntry, "v"> & EntryStamp<2>;

/** As an {@link OutcomeEntry}; in version 2 each answer came from an endpoint. */
export type OutcomeEntryV2 = Omit<OutcomeEntry, "v" | "cached"> & EntryStamp<2>;
