// Starts a program and waits until it answers.
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchHeaders, type Server } from "./peer.ts";

export interface Program {
  readonly name: string;
  readonly port: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Python programs load for a while. */
  readonly startLimitMs?: number;
}

/** Its output goes to a file, of which the end is told if it does not start. */
export async function startProgram({ startLimitMs = 60_000, ...wanted }: Program): Promise<Server> {
  const { name, port, program, args, environment = {}, headers = benchHeaders } = wanted;
  const outputPath = join(newFolder(name), "output");
  const output = openSync(outputPath, "w");
  const env = { ...process.env, ...environment };
  const child = spawn(program, args, { stdio: ["ignore", output, output], env });
  closeSync(output);
  await once(child, "spawn");
  if (!(await isListening(child, port, startLimitMs))) {
    child.kill("SIGKILL");
    throw new Error(`${name} does not start: ${readFileSync(outputPath, "utf8").slice(-1_000)}`);
  }
  return { name, port, headers, processId: child.pid ?? 0, stop: () => stop(child) };
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** For as long as this process runs: logs of a benchmark are large. */
export function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `bailiwick-bench-${name}-`));
  folders.push(folder);
  return folder;
}

/**
 * Below those that the kernel gives to whoever connects (ip_local_port_range): one of these could be taken by a connection
 * before its server listens, even by one that asks whether it does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

async function isListening(child: ChildProcess, port: number, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (performance.now() < untilMs && child.exitCode === null) {
    if (await takesConnections(port)) return true;
    await sleep(20);
  }
  return false;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(patience);
}
