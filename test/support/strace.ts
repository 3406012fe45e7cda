// The system calls of one thread of a process: which there are, and what the process does when one of them goes wrong.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { programOnPath } from "./go-tool.ts";

/** Everything through which a process can change what is on disk. */
const writeSide =
  "openat,creat,write,pwrite64,writev,pwritev,fdatasync,fsync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,fchmod,chmod";

/** `files` is the only thread of libuv's pool, where asynchronous file calls are made; `main` makes the synchronous ones. */
export type Thread = "files" | "main";

/** The `ordinal`-th call of this name in this thread, counted from 1. */
export interface SystemCall {
  readonly thread: Thread;
  readonly name: string;
  readonly ordinal: number;
}

export interface Injection {
  readonly call: SystemCall;
  /** As strace's option `inject` has it, such as `error=EIO`. */
  readonly effect: string;
}

export interface Ended {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a test says that cannot be run; null where it can. A container or the kernel may forbid what root may do elsewhere. */
export function whyNotTraced(): string | null {
  if (process.platform !== "linux" || programOnPath("strace") === null) {
    return "strace is not installed: apt-get install strace";
  }
  const sleeper = spawn("sleep", ["0.5"], { stdio: "ignore" });
  const args = ["-p", String(sleeper.pid), "-o", "/dev/null"];
  const { stderr } = spawnSync("strace", args, { encoding: "utf8", timeout: 10_000 });
  return stderr.includes("attached") ? null : `strace may not look at other processes: ${stderr.trim()}`;
}

const runLimitMs = 60_000;

/** Runs a script that prints `ready` and then waits for a line, and makes one of its calls go wrong. */
export async function runInjected(script: readonly string[], injection: Injection | null): Promise<Ended> {
  const running = await start([process.execPath, ...script]);
  if (injection === null) return running.finish();
  const { call, effect } = injection;
  const inject = `inject=${call.name}:${effect}:when=${call.ordinal}`;
  await attach([running.threads[call.thread]], ["-e", `trace=${call.name}`, "-e", inject, "-o", "/dev/null"]);
  return running.finish();
}

/**
 * No file may grow beyond `blocks` of 512 bytes: the write that crosses the limit takes a part, and the next one fails.
 * That is setrlimit(2), so this needs no strace; it is here because it is one more way to break the same script.
 */
export async function runLimited(script: readonly string[], blocks: number): Promise<Ended> {
  const shell = ["-c", `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath, ...script];
  return (await start(["sh", ...shell])).finish();
}

/** The calls that name a file below `directory`, of a run in which nothing goes wrong. */
export async function listCalls(
  script: readonly string[],
  directory: string,
): Promise<readonly SystemCall[]> {
  const scratch = mkdtempSync(join(tmpdir(), "bailiwick-strace-"));
  const output = join(scratch, "calls");
  try {
    const running = await start([process.execPath, ...script]);
    const { main, files } = running.threads;
    const tracer = await attach([main, files], ["-y", "-e", `trace=${writeSide}`, "-o", output]);
    const { code } = await running.finish();
    if (tracer.exitCode === null && tracer.signalCode === null) await once(tracer, "exit");
    if (code !== 0) throw new Error(`the traced run ended with ${code}`);
    return parseCalls(readFileSync(output, "utf8"), { directory, filesThread: files });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function parseCalls(
  text: string,
  { directory, filesThread }: { readonly directory: string; readonly filesThread: number },
): readonly SystemCall[] {
  const counts = new Map<string, number>();
  const calls: SystemCall[] = [];
  for (const line of text.split("\n")) {
    const [, id = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === "") continue;
    const thread = Number(id) === filesThread ? "files" : "main";
    const ordinal = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, ordinal);
    const isRead = name === "openat" && !line.includes("O_CREAT");
    if (line.includes(directory) && !isRead) calls.push({ thread, name, ordinal });
  }
  return calls;
}

interface Running {
  readonly threads: Readonly<Record<Thread, number>>;
  finish(): Promise<Ended>;
}

async function start([program = "", ...args]: readonly string[]): Promise<Running> {
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const child = spawn(program, args, { env, timeout: runLimitMs, killSignal: "SIGABRT" });
  const lines: string[] = [];
  const output = createInterface(child.stdout);
  const ready = once(output, "line");
  output.on("line", (line) => lines.push(line));
  child.stderr.pipe(process.stderr);
  await ready;
  const main = child.pid ?? 0;
  return { threads: { main, files: fileThread(main) }, finish: () => finish(child, lines) };
}

async function finish(child: ChildProcessWithoutNullStreams, lines: readonly string[]): Promise<Ended> {
  // Who is killed does not read what it was sent.
  child.stdin.on("error", () => {});
  child.stdin.write("go\n");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { lines, code, signal };
}

function fileThread(processId: number): number {
  const tasks = `/proc/${processId}/task`;
  const threads = readdirSync(tasks).filter((id) => nameOfThread(`${tasks}/${id}`).startsWith("libuv"));
  if (threads.length !== 1) throw new Error(`expected one thread of libuv's pool, found ${threads.length}`);
  return Number(threads[0]);
}

/** Empty when it has ended since it was listed. */
function nameOfThread(task: string): string {
  try {
    return readFileSync(`${task}/comm`, "utf8");
  } catch {
    return "";
  }
}

/** Resolves when all are traced. The tracer ends with them. */
async function attach(threads: readonly number[], options: readonly string[]) {
  const args = [...threads.flatMap((id) => ["-p", String(id)]), ...options];
  const tracer = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  let attached = 0;
  for await (const line of createInterface(tracer.stderr)) {
    if (/attached/.test(line) && ++attached === threads.length) return tracer;
    if (!/attached/.test(line)) throw new Error(line);
  }
  throw new Error("strace did not attach");
}
