// The long part: one cell, all kinds of callers, and everything on the schedule.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { audit } from "./audit.ts";
import { Callers } from "./callers.ts";
import { Director } from "./director.ts";
import { openFakeClock } from "./fake-clock.ts";
import { judgeBy } from "./judge.ts";
import type { Part, PartOptions } from "./part.ts";
import { readRecorded } from "./recorded.ts";
import { planSchedule } from "./schedule.ts";
import { Stage } from "./stage.ts";
import { judgeBudgets } from "./verdicts/budgets.ts";
import { judgeMemory } from "./verdicts/memory.ts";
import { judgeRecovery } from "./verdicts/recovery.ts";

const loops = 16;
const stopsAmidstMs = 1_000;

export const ordinaryLife: Part = {
  name: "ordinary life",
  needs: "nothing",
  async run({ directory, seed, threads, requestsPerSecond, lengthMs, signal, onStage }: PartOptions) {
    mkdirSync(directory, { recursive: true });
    const clock = openFakeClock(directory);
    const stage = await Stage.set(join(directory, "cell"), {
      threads,
      wrapper: [],
      environment: clock?.environment ?? {},
    });
    onStage(stage);
    await stage.start();
    const audience = { url: () => stage.url, journal: stage.journal, signal };
    const callers = new Callers(audience, { seed, loops, requestsPerSecond });
    const director = new Director({ stage, callers, clock, signal });
    await director.perform(planSchedule({ seed, lengthMs }), lengthMs);
    await callers.holdFor(() => audit(stage, "at the end"));
    // With everybody there again, as an operator finds it.
    await stage.rest(stopsAmidstMs, signal);
    await stage.stop();
    await callers.stop();
    // What was spent is read from the ledger, and from nothing else.
    await stage.start();
    await audit(stage, "after the last restart");
    await stage.stop();
    await stage.verify();
    const recorded = await readRecorded(stage.ledger);
    return [
      ...judgeBy(stage, recorded),
      judgeBudgets(stage, recorded),
      judgeRecovery(stage),
      judgeMemory(stage),
    ];
  },
};
