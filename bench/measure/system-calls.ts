// How many system calls a process makes, counted by strace, which slows it down: batches come out larger than without.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { whyNotTraced } from "../../test/support/strace.ts";
import { newFolder } from "../peers/server-process.ts";

/** Of all threads while `action` runs; a text says why they cannot be counted here. */
export async function systemCalls(processId: number, action: () => Promise<void>): Promise<number | string> {
  const why = whyNotTraced();
  if (why !== null) return why;
  const output = join(newFolder("strace"), "summary");
  const tracer = spawn("strace", ["-c", "-f", "-o", output, "-p", String(processId)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(tracer, "exit");
  // It says so when it is attached.
  await once(tracer.stderr, "data");
  await action();
  tracer.kill("SIGINT");
  await ended;
  const [, total] = /^ *100\.00 +\S+ +\S+ +(\d+).* total$/m.exec(readFileSync(output, "utf8")) ?? [];
  return total === undefined ? "strace counted nothing" : Number(total);
}
