// Which of all the ways in which storage may fail a run of the crash suites takes: all of them with `npm run test:crash`,
// otherwise others each time, by a seed that is told.
import type { TestContext } from "node:test";

export const isEveryCrash: boolean = process.env["BAILIWICK_CRASH"] === "all";
export const crashSeed: number = Number(
  process.env["BAILIWICK_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31),
);

/** One call in `step`, from 1 to `callCount`. `order` is that of the fault: each begins elsewhere, so that together they leave none out. */
export function sampledCalls(
  t: TestContext,
  { callCount, step, order }: { readonly callCount: number; readonly step: number; readonly order: number },
): readonly number[] {
  if (isEveryCrash) return Array.from({ length: callCount }, (_, at) => at + 1);
  const first = 1 + ((crashSeed + order) % step);
  t.diagnostic(`one call in ${step} of ${callCount}, from call ${first} on (seed ${crashSeed})`);
  return Array.from({ length: Math.ceil((callCount + 1 - first) / step) }, (_, at) => first + at * step);
}
