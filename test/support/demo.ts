// `bailiwick up` as a user runs it: the real command, its documented JSON line, its signals.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { reservePortBase } from "./port-block.ts";

export interface DemoContract {
  readonly console: string | null;
  readonly policy: string;
  readonly trust: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly cells: readonly {
    readonly name: string;
    readonly url: string;
    readonly admin: string;
    readonly ledger: string;
  }[];
  readonly engines: readonly {
    readonly name: string;
    readonly cell: string;
    readonly endpoint: string;
    readonly operator: string;
    readonly url: string;
  }[];
}

export interface Demo {
  readonly contract: DemoContract;
  readonly directory: string;
  readonly process: ChildProcess;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as the kernel or the power would. */
  kill(): Promise<void>;
}

export const program: string = new URL("../../bin/bailiwick", import.meta.url).pathname;

interface DemoOptions {
  readonly directory?: string;
  readonly args?: readonly string[];
  /** On top of our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "bailiwick-demo-"));
  const portBase = String(await reservePortBase());
  const child = spawn(
    program,
    ["up", "--json", "--dir", directory, "--port-base", portBase, ...(options.args ?? [])],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.environment } },
  );
  let complaints = "";
  child.stderr.on("data", (data: Buffer) => (complaints = (complaints + data.toString()).slice(-4000)));
  const ended = once(child, "exit");
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`up exited with ${String(code)}: ${complaints}`))),
  ]);
  return {
    contract: JSON.parse(String(line[0])) as DemoContract,
    directory,
    process: child,
    async stop() {
      if (child.exitCode === null) child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** For one test, also one that fails: a process that it left behind would keep the test runner waiting for ever. */
export async function startDemoFor(t: TestContext, options: DemoOptions = {}): Promise<Demo> {
  const demo = await startDemo(options);
  t.after(() => demo.kill());
  return demo;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, as a user at a pipe. */
export function bailiwick(...args: readonly string[]): Ran {
  return bailiwickIn({}, ...args);
}

/** With this on top of our own environment. */
export function bailiwickIn(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...environment },
  });
  return { code: status, stdout, stderr };
}

export function cellUrl({ contract }: Demo, name: string): string {
  return find(contract.cells, (cell) => cell.name === name, name).url;
}

export function ledgerDirectory({ contract }: Demo, name: string): string {
  return find(contract.cells, (cell) => cell.name === name, name).ledger;
}

export async function setFault(demo: Demo, engine: string, mode: string, after = 0): Promise<void> {
  const answer = await fetch(`${engineUrl(demo, engine)}/sim/fault`, {
    method: "POST",
    body: JSON.stringify({ mode, after }),
  });
  if (!answer.ok) throw new Error(`fault ${mode} on ${engine}: ${answer.status}`);
}

export async function requestsTaken(demo: Demo, engine: string): Promise<number> {
  const answer = await fetch(`${engineUrl(demo, engine)}/sim/stats`);
  return ((await answer.json()) as { requests: number }).requests;
}

export interface ChatOptions {
  readonly cell: string;
  readonly tenant: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isStream?: boolean;
  readonly content?: string;
}

export function chat(demo: Demo, options: ChatOptions): Promise<Response> {
  return fetch(`${cellUrl(demo, options.cell)}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${demo.contract.keys[options.tenant] ?? "sk-none"}`,
      "content-type": "application/json",
      ...options.headers,
    },
    body: JSON.stringify({
      model: "assistant",
      stream: options.isStream ?? false,
      messages: [{ role: "user", content: options.content ?? "hello" }],
    }),
  });
}

/** The limit is for what never comes true: whatever does may take long on a loaded machine. */
export async function eventually(
  holds: () => Promise<boolean> | boolean,
  withinMs: number = 60_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`did not come true within ${withinMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function engineUrl({ contract }: Demo, name: string): string {
  return find(contract.engines, (engine) => engine.name === name, name).url;
}

function find<Item>(items: readonly Item[], matches: (item: Item) => boolean, name: string): Item {
  const found = items.find(matches);
  if (found === undefined) throw new Error(`the demo has no \`${name}\``);
  return found;
}
