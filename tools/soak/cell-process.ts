// `bailiwick serve` as a process: what it says, how much memory it has, and its ends, asked for and not.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isObject, parseJson } from "../../src/base/index.ts";
import { type DemoContract, program } from "../../test/support/demo.ts";
import type { Journal, Life, ThreadSample } from "./journal.ts";

export interface CellCommand {
  readonly config: string;
  /** Runs what comes after it, under the same process id: `sh -c 'ulimit …; exec "$@"' sh`. */
  readonly wrapper: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A start takes a second on an idle machine; the log is read before. */
const startTimeoutMs = 120_000;
const memoryIntervalMs = 1_000;
/** In samples of memory. */
const descriptorsEvery = 5;
const inside = new URL("./inside.ts", import.meta.url).href;

export class CellProcess {
  readonly url: string;
  readonly admin: string;
  readonly ledger: string;
  /** Its last lines that are no events. */
  readonly complaints: readonly string[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(
    child: ChildProcess,
    {
      ended,
      complaints,
      line,
    }: { readonly ended: Promise<unknown>; readonly complaints: readonly string[]; readonly line: string },
  ) {
    const [cell] = (JSON.parse(line) as DemoContract).cells;
    if (cell === undefined) throw new Error("`serve` named no cell");
    this.url = cell.url;
    this.admin = cell.admin;
    this.ledger = cell.ledger;
    this.complaints = complaints;
    this.#child = child;
    this.#ended = ended;
  }

  static async start({ config, wrapper, environment }: CellCommand, journal: Journal): Promise<CellProcess> {
    const [file, ...args] = [...wrapper, program, "serve", "--config", config, "--json"];
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment, NODE_OPTIONS: `--import=${inside}` },
    });
    endWithUs(child);
    const life: Life = { pid: child.pid ?? 0, rssBytes: [], descriptors: [], threads: [] };
    const complaints = listen(child, journal, life);
    const ended = once(child, "exit");
    const refused = ended.then(([code]) => {
      throw new Error(`serve exited with ${String(code)}: ${complaints.join("\n")}`);
    });
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error("serve was not ready in time")), startTimeoutMs).unref(),
    );
    const ready = once(createInterface({ input: child.stdout }), "line");
    const [line] = await Promise.race([ready, refused, late]);
    refused.catch(() => undefined);
    watch(child, life);
    journal.lives.push(life);
    return new CellProcess(child, { ended, complaints, line: String(line) });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  reload(): void {
    this.#child.kill("SIGHUP");
  }

  /** One of its gateway threads ends, whatever it is doing (inside.ts). */
  loseThread(): void {
    this.#child.kill("SIGUSR2");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** SIGTERM, then the exit code; null where it had to be killed after `withinMs`. */
  async stop(withinMs: number): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.end(withinMs);
  }

  async end(withinMs: number): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), withinMs);
    await this.#ended;
    clearTimeout(timer);
    return this.#child.exitCode;
  }
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Whatever way this process ends, nothing that it started outlives it. */
export function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

/** Returns the last lines that are no events: what a process says that cannot start. */
function listen(child: ChildProcess, journal: Journal, life: Life): readonly string[] {
  const complaints: string[] = [];
  if (child.stderr === null) throw new Error("the cell has no standard error");
  createInterface({ input: child.stderr }).on("line", (line) => {
    const fields = parseJson(line);
    if (!isObject(fields) || typeof fields["event"] !== "string") {
      complaints.push(line);
      if (complaints.length > 20) complaints.shift();
      return;
    }
    const { event } = fields;
    if (event === "soak_sample") {
      life.threads.push(fields as unknown as ThreadSample);
      return;
    }
    // One a request: the callers know better.
    if (event === "request_finished") return;
    journal.logged.push({ event, atMs: performance.now(), fields });
  });
  return complaints;
}

function watch(child: ChildProcess, life: Life): void {
  const timer = setInterval(() => {
    const rss = residentBytes(life.pid);
    if (rss === null) return;
    life.rssBytes.push(rss);
    if (life.rssBytes.length % descriptorsEvery === 0) life.descriptors.push(openDescriptors(life.pid));
  }, memoryIntervalMs);
  child.once("exit", () => clearInterval(timer));
}

function openDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function residentBytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
