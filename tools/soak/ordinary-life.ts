// The long part: one cell, all kinds of callers, and everything on the schedule.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Callers } from "./callers.ts";
import { Director } from "./director.ts";
import { openFakeClock } from "./fake-clock.ts";
import { judge } from "./judge.ts";
import type { Part, PartOptions } from "./part.ts";
import { planSchedule } from "./schedule.ts";
import { Stage } from "./stage.ts";
import { judgeMemory } from "./verdicts/memory.ts";

const loops = 16;

export const ordinaryLife: Part = {
  name: "ordinary life",
  needs: "nothing",
  async run({ directory, seed, lengthMs, signal, onStage }: PartOptions) {
    mkdirSync(directory, { recursive: true });
    const clock = openFakeClock(directory);
    const stage = await Stage.set(join(directory, "cell"), {
      wrapper: [],
      environment: clock?.environment ?? {},
    });
    onStage(stage);
    await stage.start();
    const audience = { url: () => stage.url, journal: stage.journal, signal };
    const callers = new Callers(audience, { seed, loops });
    const director = new Director({ stage, callers, clock, signal });
    await director.perform(planSchedule({ seed, lengthMs }), lengthMs);
    // With everybody still there, as an operator finds it.
    await stage.stop();
    await callers.stop();
    await stage.verify();
    return [...(await judge(stage)), judgeMemory(stage)];
  },
};
