// Owner: the main thread. The life of a process with cells in it: start all, say so when all are ready, drain all when asked to leave.
import { setTimeout as delay } from "node:timers/promises";
import { later, type MonotonicMs } from "../base/index.ts";
import { monotonicNow } from "../clock/index.ts";
import { askOwnCell } from "./admin/ask-own-cell.ts";
import { processLimits } from "./load/capacity.ts";
import { composeCell, type RunningCell } from "./compose-cell.ts";
import type { CellSource } from "./load/loaded-cell.ts";

const readyPollMs = 25;
const readyWithinMs = 60_000;
const cosignedWithinMs = 5_000;
/** For what a drain does beside waiting for answers: listeners, threads, the last checkpoint. Each of them has a limit of its own. */
const settleWithinMs = 60_000;

/** The modes of what a cell writes are those that the code names, whatever the process was started with. */
const ownUmask = 0o022;

interface RunOptions {
  /** Resolves when somebody asks the process to leave. */
  readonly shutdown: Promise<unknown>;
  readonly whenReady: (cells: readonly RunningCell[]) => Promise<void>;
  /** Ends the process as it is, for something does not end. */
  readonly endUndrained: (reason: string) => void;
}

/**
 * Resolves when every cell has drained, with null when that was asked for, else with why one failed. If one cannot start,
 * those that did are drained before the error goes on. INVARIANT: from the moment that the end is asked for, or a cell
 * has failed, the process ends within a time that the cell files give, whatever hangs.
 */
export async function runCells(
  sources: readonly CellSource[],
  { shutdown, whenReady, endUndrained }: RunOptions,
): Promise<string | null> {
  process.umask(ownUmask);
  const cells: RunningCell[] = [];
  const leaving = new AbortController();
  const limit = new EndLimit(cells, endUndrained);
  void shutdown.then(() => leave());
  let failure: string | null = null;
  try {
    const limits = processLimits(sources.length);
    for (const source of sources) if (!leaving.signal.aborted) cells.push(await composeCell(source, limits));
    reloadOnHangup(cells);
    const ended = Promise.race([shutdown.then(() => null), ...cells.map(({ failed }) => failed)]);
    const ready = announceWhenReady(cells, leaving.signal, whenReady);
    failure = (await Promise.race([ended.then(() => null), ready])) ?? (await ended);
    return failure;
  } finally {
    leave();
    await finishTogether(cells);
    await stopAll(cells, failure);
    limit.clear();
  }

  function leave(): void {
    leaving.abort();
    limit.start();
  }
}

/** Whatever hangs, the process ends. */
class EndLimit {
  readonly #cells: readonly RunningCell[];
  readonly #endUndrained: RunOptions["endUndrained"];
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(cells: readonly RunningCell[], endUndrained: RunOptions["endUndrained"]) {
    this.#cells = cells;
    this.#endUndrained = endUndrained;
  }

  start(): void {
    if (this.#isOver || this.#timer !== null) return;
    const withinMs = Math.max(0, ...this.#cells.map(({ drainTimeoutMs }) => drainTimeoutMs)) + settleWithinMs;
    const reason = `not drained within ${withinMs / 1_000} s: leaving as it is; the next start says what is unknown`;
    this.#timer = setTimeout(() => this.#endUndrained(reason), withinMs);
  }

  clear(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Resolves with null when all are ready and that was told, or when the process leaves before; else with why not. */
async function announceWhenReady(
  cells: readonly RunningCell[],
  leaving: AbortSignal,
  whenReady: RunOptions["whenReady"],
): Promise<string | null> {
  const deadlineMs = later(monotonicNow(), readyWithinMs);
  const late = (await Promise.all(cells.map((cell) => untilReady(cell, leaving, deadlineMs)))).find(
    (reason) => reason !== null,
  );
  if (late !== undefined) return late;
  await untilCosigned(cells, leaving);
  giveBackMemory();
  if (!leaving.aborted) await whenReady(cells);
  return null;
}

/**
 * Reading policies and packs takes some 30 MiB that nobody needs again, and V8 keeps what it once had until it runs short.
 * Without the flag that `bin/bailiwick` gives Node, it stays.
 */
function giveBackMemory(): void {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}

/** What a failed cell cannot close any more is the effect of what it failed by, and that is told. */
async function stopAll(cells: readonly RunningCell[], failure: string | null): Promise<void> {
  const stopped = await Promise.allSettled(cells.map((cell) => cell.stop()));
  const fault = stopped.find((each) => each.status === "rejected");
  if (fault !== undefined && failure === null) throw fault.reason;
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
async function untilCosigned(cells: readonly RunningCell[], leaving: AbortSignal): Promise<void> {
  const deadlineMs = later(monotonicNow(), cosignedWithinMs);
  const isMissing = (): boolean => cells.length > 1 && !cells.every((cell) => cell.isCosigned());
  while (!leaving.aborted && isMissing() && monotonicNow() < deadlineMs) await delay(readyPollMs);
}

/** Each other's witnesses to the last: none hangs up before all have closed their logs. */
async function finishTogether(cells: readonly RunningCell[]): Promise<void> {
  // What fails here fails again in `stop`, which tells.
  if (cells.length > 1) await Promise.allSettled(cells.map((cell) => cell.finishLog()));
}

/** Asks as an orchestrator does, from outside. Resolves with the reason if the cell is not ready in time, else with null. */
async function untilReady(
  { name, adminUrl }: RunningCell,
  leaving: AbortSignal,
  deadlineMs: MonotonicMs,
): Promise<string | null> {
  let last = "no answer";
  while (!leaving.aborted && monotonicNow() < deadlineMs) {
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(readyWithinMs)]);
    const answer = await askOwnCell(`${adminUrl}/readyz`, { method: "GET", signal }).catch(() => null);
    if (answer?.status === 200) return null;
    last = answer === null ? "no answer" : `${answer.status}`;
    await delay(readyPollMs);
  }
  if (leaving.aborted) return null;
  return `cell \`${name}\`: \`/readyz\` says ${last} ${readyWithinMs / 1_000} s after its start; \`/readyz?verbose\` names what is missing`;
}
