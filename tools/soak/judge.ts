import { type Recorded, readRecorded } from "./recorded.ts";
import type { Stage } from "./stage.ts";
import type { Expected, Verdict } from "./verdict.ts";
import { judgeAlarms } from "./verdicts/alarms.ts";
import { judgeAnswers } from "./verdicts/answers.ts";
import { judgeAttempts } from "./verdicts/attempts.ts";
import { judgeEngines } from "./verdicts/engines.ts";
import { judgeErasures } from "./verdicts/erasures.ts";
import { judgeLaw } from "./verdicts/law.ts";
import { judgeRecords } from "./verdicts/records.ts";
import { judgeRates } from "./verdicts/rates.ts";
import { judgeStops } from "./verdicts/stops.ts";

/** After the last process of the stage has ended, and its ledger was sealed. */
export async function judge(stage: Stage, expected: Expected = {}): Promise<readonly Verdict[]> {
  return judgeBy(stage, await readRecorded(stage.ledger), expected);
}

export function judgeBy(stage: Stage, recorded: Recorded, expected: Expected = {}): readonly Verdict[] {
  return [
    judgeLaw(stage),
    judgeRecords(stage, recorded),
    judgeAttempts(stage, recorded),
    judgeEngines(stage),
    judgeAnswers(stage, expected),
    judgeRates(stage),
    judgeErasures(stage, recorded),
    judgeAlarms(stage, expected),
    judgeStops(stage),
  ];
}
