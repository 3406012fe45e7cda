// `bailiwick serve` as an operator runs it, in a directory that `up` has made.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { DemoContract } from "./demo.ts";

export interface ServedCell {
  readonly url: string;
  readonly admin: string;
  readonly ledger: string;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

const program = new URL("../../bin/bailiwick", import.meta.url).pathname;

export async function startServe(
  config: string,
  environment: Readonly<Record<string, string>> = {},
  openFiles: number | null = null,
): Promise<ServedCell> {
  const limit = openFiles === null ? "" : `ulimit -n ${openFiles};`;
  const words = [`${limit} exec "$0" "$@"`, program, "serve", "--config", config, "--json"];
  const child = spawn("sh", ["-c", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let complaints = "";
  child.stderr.on("data", (data: Buffer) => (complaints = (complaints + data.toString()).slice(-4000)));
  const ended = once(child, "exit");
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`serve exited with ${String(code)}: ${complaints}`))),
  ]);
  const [cell] = (JSON.parse(String(line[0])) as DemoContract).cells;
  if (cell === undefined) throw new Error("serve named no cell");
  return {
    ...cell,
    async stop() {
      if (child.exitCode === null) child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}

/** One chat that is answered, under a key of the demo. */
export async function chatAt(url: string, key: string): Promise<void> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hello" }] }),
  });
  await answer.text();
  if (!answer.ok) throw new Error(`the cell answered ${answer.status}`);
}
