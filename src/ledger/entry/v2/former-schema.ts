// The kind that version 2 wrote in another form than the newest version does.
import { stampOf } from "../entry-words.ts";
import { answeredRule, outcomeShape } from "../outcome-schema.ts";
import { type Check, object } from "../schema.ts";
import type { OutcomeEntryV2 } from "./former-entries.ts";

export const outcomeOfV2: Readonly<Record<string, Check>> = {
  outcome: object<OutcomeEntryV2>({ ...stampOf(2), ...outcomeShape }, answeredRule),
};
