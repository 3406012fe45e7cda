// `bailiwick serve` as a process whose streams, signals and environment a test holds in its own hands.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { type DemoContract, program } from "./demo.ts";

export interface ServedProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly cell: DemoContract["cells"][number];
  /** Everything that it said so far. Reading ends with `leaveStderr`, and pauses with `stallStderr`. */
  readonly stderr: () => string;
  /** Resolves with exit code and signal. */
  readonly ended: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
}

export async function startServedProcess(
  config: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServedProcess> {
  const child = spawn(program, ["serve", "--config", config, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const ended = once(child, "exit").then(([code, signal]) => [code, signal] as const);
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`serve exited with ${String(code)}: ${stderr}`))),
  ]);
  const [cell] = (JSON.parse(String(line[0])) as DemoContract).cells;
  if (cell === undefined) throw new Error("serve named no cell");
  return { child, cell, stderr: () => stderr, ended };
}
