// The life of a process with cells in it: start all, say so when all are ready, drain all when asked to leave.
import { setTimeout as delay } from "node:timers/promises";
import { composeCell, type RunningCell } from "./compose-cell.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import type { CellSource } from "./loaded-cell.ts";
import { complain } from "./output.ts";
import { shutdownRequest } from "./shutdown.ts";

const readyPollMs = 25;
const cosignedWithinMs = 5_000;

/** Resolves when every cell has drained. If one cannot start, those that did are drained before the error goes on. */
export async function runCells(
  sources: readonly CellSource[],
  whenReady: (cells: readonly RunningCell[]) => Promise<void>,
): Promise<ExitCode> {
  const shutdown = shutdownRequest();
  const cells: RunningCell[] = [];
  try {
    for (const source of sources) cells.push(await composeCell(source));
    reloadOnHangup(cells);
    const ended = Promise.race([shutdown.then(() => null), ...cells.map(({ failed }) => failed)]);
    const ready = Promise.all(cells.map(untilReady)).then(() => untilCosigned(cells));
    await Promise.race([ended, ready.then(() => whenReady(cells))]);
    const failure = await ended;
    if (failure === null) return exitCode.ok;
    complain(failure);
    return exitCode.defect;
  } finally {
    await finishTogether(cells);
    await Promise.all(cells.map((cell) => cell.stop()));
  }
}

/**
 * SIGHUP: the policy has a new text (the custom of daemons). One reload at a time, so that the last text wins. In a
 * terminal it keeps its first meaning: the terminal is gone, and so are we.
 */
function reloadOnHangup(cells: readonly RunningCell[]): void {
  if (process.stdin.isTTY) return;
  let reloading: Promise<unknown> = Promise.resolve();
  process.on("SIGHUP", () => {
    reloading = reloading.then(() => Promise.all(cells.map((cell) => cell.reload())));
  });
}

/** Cells that start one after the other had nobody to cosign their first checkpoint. */
async function untilCosigned(cells: readonly RunningCell[]): Promise<void> {
  const deadlineMs = performance.now() + cosignedWithinMs;
  while (cells.length > 1 && !cells.every((cell) => cell.isCosigned()) && performance.now() < deadlineMs) {
    await delay(readyPollMs);
  }
}

/** Each other's witnesses to the last: none hangs up before all have closed their logs. */
async function finishTogether(cells: readonly RunningCell[]): Promise<void> {
  // What fails here fails again in `stop`, which tells.
  if (cells.length > 1) await Promise.allSettled(cells.map((cell) => cell.finishLog()));
}

/** Asks as an orchestrator does, from outside. */
async function untilReady({ adminUrl }: RunningCell): Promise<void> {
  for (;;) {
    const answer = await fetch(`${adminUrl}/readyz`);
    await answer.body?.cancel();
    if (answer.ok) return;
    await delay(readyPollMs);
  }
}
