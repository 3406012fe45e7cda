// AWS KMS as moto plays it: other people's reading of the same API. Python package `moto[server]`.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { programOnPath } from "./go-tool.ts";

const program = process.env["MOTO_SERVER"] ?? programOnPath("moto_server");

/** Why there is none here; undefined: there is. */
export const motoAbsent: string | undefined =
  program === null
    ? "moto_server is not installed: pip install 'moto[server]' and put it on PATH, or set MOTO_SERVER"
    : undefined;

export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const startLimitMs = 30_000;

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(program ?? "", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const deadlineMs = performance.now() + startLimitMs;
  while (!(await answers(endpoint))) {
    if (server.exitCode !== null || performance.now() > deadlineMs) {
      await stop(server);
      throw new Error("moto_server did not start");
    }
    await wait(100);
  }
  return { endpoint, stop: () => stop(server) };
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
