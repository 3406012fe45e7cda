// A disk that fills up: a small tmpfs in a mount namespace of its own, which nobody else sees. The cell says so and ends,
// and what it acknowledged is there when there is room again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { Callers } from "./callers.ts";
import { endWithUs } from "./cell-process.ts";
import { judge } from "./judge.ts";
import { limits } from "./lawful-sets.ts";
import type { Part, PartOptions } from "./part.ts";
import { drainSlackMs, Stage } from "./stage.ts";
import { verdict } from "./verdict.ts";

const diskSize = "160m";
const endsWithinMs = limits.drainTimeoutMs + drainSlackMs + 5_000;
/** EX_SOFTWARE: the ledger can no longer be written. */
const poisonedExit = 70;

export const fullDisk: Part = {
  name: "a disk that fills up",
  needs: "root, `unshare`, `nsenter` and leave to mount a tmpfs",
  async run({ directory, seed, threads, requestsPerSecond, lengthMs, signal, onStage }: PartOptions) {
    const holder = await holdSmallDisk(`${directory}/state`);
    if (holder === null) return null;
    const inside = ["nsenter", "-t", String(holder.pid), "-m", "--"];
    try {
      const root = `/proc/${holder.pid}/root`;
      const stage = await Stage.set(directory, { wrapper: inside, environment: {}, root, threads });
      onStage(stage);
      await stage.start();
      const callers = new Callers(
        { url: () => stage.url, journal: stage.journal, signal },
        { seed, loops: 8, requestsPerSecond },
      );
      await stage.rest(lengthMs / 3, signal);
      const ballast = `${root}${directory}/state/ballast`;
      const filledMs = performance.now();
      const ended = stage.waitForEnd(endsWithinMs);
      fill(ballast);
      const exitCode = await ended;
      const endedAfterMs = Math.round(performance.now() - filledMs);
      rmSync(ballast);
      await stage.start();
      await stage.rest(lengthMs / 3, signal);
      await stage.stop();
      await callers.stop();
      await stage.verify();
      const faults = exitCode === poisonedExit ? [] : [`it ended with ${exitCode}`];
      return [
        ...(await judge(stage, { also: ["ledger_poisoned"], may: ["keys_unavailable"] })),
        verdict(
          "with a full disk the cell ends, and says why",
          { exitCode: exitCode ?? "killed", endedAfterMs },
          faults,
        ),
      ];
    } finally {
      holder.kill("SIGKILL");
    }
  },
};

/** A process whose mount namespace has the disk; it goes with the process. Null where that is not allowed. */
async function holdSmallDisk(mountPoint: string): Promise<ChildProcess | null> {
  mkdirSync(mountPoint, { recursive: true });
  const script = `mount -t tmpfs -o size=${diskSize} tmpfs "$0" && echo mounted && exec sleep infinity`;
  const holder = spawn("unshare", ["-m", "sh", "-c", script, mountPoint], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  endWithUs(holder);
  const mounted = once(createInterface({ input: holder.stdout }), "line").then(() => true);
  const refused = once(holder, "exit").then(() => false);
  const isMounted = await Promise.race([mounted, refused]).catch(() => false);
  return isMounted ? holder : null;
}

/** To the last byte. */
function fill(file: string): void {
  const ballast = openSync(file, "w");
  try {
    for (let size = 1 << 20; size >= 1; size >>= 1) while (writes(ballast, size)) continue;
  } finally {
    closeSync(ballast);
  }
}

function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) > 0;
  } catch {
    return false;
  }
}
