// A real witness on loopback: torchwood's litewitness, with a key in an ssh-agent of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { formatNoteKey, type NoteKey, parseNoteKey } from "../../src/ledger/index.ts";
import { goTool, litewitness, programOnPath } from "./go-tool.ts";
import { sha256 } from "./ledger-crypto.ts";

export const litewitnessMissing = litewitness.missing;

export interface LiteWitness {
  readonly key: NoteKey;
  readonly url: string;
  stop(): Promise<void>;
}

/** Null where it, or OpenSSH, is not installed. */
export async function startLitewitness(
  directory: string,
  logs: readonly NoteKey[],
): Promise<LiteWitness | null> {
  const program = goTool(litewitness) ?? programOnPath("litewitness");
  if (program === null || programOnPath("ssh-agent") === null) return null;
  const socket = join(directory, "agent.sock");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "inherit"] });
  await firstLine(agent.stdout, /./);
  const fingerprint = addKey(directory, socket);
  const address = `127.0.0.1:${await freePort()}`;
  const database = join(directory, "litewitness.db");
  const args = ["-name", "lite.example/witness", "-db", database, "-ssh-agent", socket, "-key", fingerprint];
  const witness = spawn(program, [...args, "-listen", address], { stdio: ["ignore", "ignore", "pipe"] });
  const line = await firstLine(witness.stderr, /verifier key/);
  const key = parseNoteKey(sha256, /vkey="?([^"\s]+)/.exec(line)?.[1] ?? "");
  if (!key.ok) throw new Error(key.error);
  addLogs(database, logs);
  const url = `http://${address}`;
  await answering(url);
  return { key: key.value, url, stop: () => stopAll([witness, agent]) };
}

function addKey(directory: string, socket: string): string {
  const file = join(directory, "witness-key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  execFileSync("ssh-add", ["-q", file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
  return execFileSync("ssh-keygen", ["-l", "-f", `${file}.pub`], { encoding: "utf8" }).split(" ")[1] ?? "";
}

/** What `witnessctl add-log` and `add-key` do, without a second program. */
function addLogs(file: string, logs: readonly NoteKey[]): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  const emptyRoot = Buffer.from(sha256()).toString("base64");
  for (const log of logs) {
    database
      .prepare("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)")
      .run(log.name, emptyRoot);
    database.prepare("INSERT INTO key (origin, key) VALUES (?, ?)").run(log.name, formatNoteKey(log));
  }
  database.close();
}

async function firstLine(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface(stream)) if (pattern.test(line)) return line;
  throw new Error(`a program ended without a line like ${pattern}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(url).catch(() => null);
    if (answered !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody answers at ${url}`);
}

async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGINT");
    await once(child, "exit");
  }
}
