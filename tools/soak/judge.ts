import { readRecorded } from "./recorded.ts";
import type { Stage } from "./stage.ts";
import type { Expected, Verdict } from "./verdict.ts";
import { judgeAlarms } from "./verdicts/alarms.ts";
import { judgeAnswers } from "./verdicts/answers.ts";
import { judgeAttempts } from "./verdicts/attempts.ts";
import { judgeLaw } from "./verdicts/law.ts";
import { judgeRecords } from "./verdicts/records.ts";
import { judgeStops } from "./verdicts/stops.ts";

/** After the last process of the stage has ended, and its ledger was sealed. */
export async function judge(stage: Stage, expected: Expected = {}): Promise<readonly Verdict[]> {
  const recorded = await readRecorded(stage.ledger);
  return [
    judgeLaw(stage),
    judgeRecords(stage, recorded),
    judgeAttempts(stage, recorded),
    judgeAnswers(stage, expected),
    judgeAlarms(stage, expected),
    judgeStops(stage),
  ];
}
