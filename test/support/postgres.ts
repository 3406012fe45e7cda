// A real PostgreSQL server for a test: its own data directory, reached through a socket file in it, gone afterwards.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

export const postgresMissing = "PostgreSQL is not installed: apt-get install postgresql";

export interface PostgresServer {
  /** `postgres://…`, of an empty database. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Null where no server is installed; Debian keeps its programs outside the path. */
export async function startPostgres(): Promise<PostgresServer | null> {
  const programs = globSync("/usr/lib/postgresql/*/bin/postgres").toSorted().at(-1);
  if (programs === undefined) return null;
  const bin = join(programs, "..");
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-postgres-"));
  const owner = ownerOf(directory);
  const data = join(directory, "data");
  const initialise = [
    "-D",
    data,
    "-U",
    "bailiwick",
    "-A",
    "trust",
    "--no-sync",
    "-E",
    "UTF8",
    "--locale",
    "C",
  ];
  execFileSync(join(bin, "initdb"), initialise, { ...owner, stdio: "pipe" });
  const settings = ["listen_addresses=", `unix_socket_directories=${directory}`, "fsync=off"];
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...owner,
      stdio: "ignore",
    },
  );
  // A test that dies of an error stops nothing itself.
  const stopAtOnce = (): void => {
    server.kill("SIGINT");
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", stopAtOnce);
  const url = `postgres://bailiwick@/postgres?host=${encodeURIComponent(directory)}`;
  const stop = async (): Promise<void> => {
    await stopServer(server, directory);
    process.off("exit", stopAtOnce);
  };
  try {
    await whenReady(server, url);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server refuses to run as root; Debian's package brings a user for it. */
function ownerOf(directory: string): { uid: number; gid: number } | object {
  if (process.getuid?.() !== 0) return {};
  const [uid = 0, gid = 0] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"])));
  chownSync(directory, uid, gid);
  return { uid, gid };
}

async function whenReady(server: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error("the PostgreSQL server of this test did not start");
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, nothing is waited for. */
async function stopServer(server: ChildProcess, directory: string): Promise<void> {
  if (server.exitCode === null) {
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }
  if (existsSync(directory)) rmSync(directory, { recursive: true });
}
