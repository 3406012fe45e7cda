import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Deadlines } from "../../src/clock/index.ts";
import { momentAt } from "./moment-at.ts";

export interface PassingTime {
  readonly deadlines: Deadlines;
  /** In steps of a second, with what is due in each. */
  readonly pass: (seconds: number) => Promise<void>;
}

/** Deadlines by a clock of the test's own. */
export function passingTime(t: TestContext): PassingTime {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 0;
  return {
    deadlines: new Deadlines(() => momentAt(nowMs)),
    async pass(seconds) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1_000;
        t.mock.timers.tick(1_000);
        await nextTurn();
        await nextTurn();
      }
    },
  };
}
