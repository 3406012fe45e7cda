// A real S3 service with Object Lock on loopback: Ceph's RADOS gateway over one monitor and one store in memory.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** What a test says when it skips. */
export const radosGatewayMissing =
  "Ceph's RADOS gateway is not installed: apt-get install radosgw ceph-mon ceph-osd ceph-common";

export interface RadosGateway {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 40_000;
const programs = ["ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"];

export function hasRadosGateway(): boolean {
  const folders = (process.env["PATH"] ?? "").split(":");
  return programs.every((program) => folders.some((folder) => existsSync(join(folder, program))));
}

/** Takes about a second and 150 MB. All is in memory and in a temporary directory, and gone after `stop`. */
export async function startRadosGateway(): Promise<RadosGateway> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-rados-"));
  const [monitorPort, port] = [await freePort(), await freePort()];
  const cluster = new Cluster(directory);
  try {
    cluster.configure(monitorPort, port);
    cluster.startStore();
    const endpoint = `http://127.0.0.1:${port}`;
    cluster.start("radosgw", ["-n", "client.admin"]);
    await untilAnswering(endpoint);
    const [accessKeyId, secretAccessKey] = ["worm-tests", randomUUID()];
    const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    cluster.run("radosgw-admin", ["user", "create", "--uid=tests", "--display-name=tests", ...keys]);
    return {
      endpoint,
      region: "us-east-1",
      accessKeyId,
      secretAccessKey,
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class Cluster {
  readonly #directory: string;
  readonly #processes: ChildProcess[] = [];
  readonly #killAll = (): void => this.#processes.forEach((child) => child.kill("SIGKILL"));

  constructor(directory: string) {
    this.#directory = directory;
    process.once("exit", this.#killAll);
  }

  configure(monitorPort: number, gatewayPort: number): void {
    const directory = this.#directory;
    for (const name of ["mon", "osd", "run"]) mkdirSync(join(directory, name));
    const fsid = randomUUID();
    writeFileSync(join(directory, "ceph.conf"), configuration({ directory, fsid, monitorPort, gatewayPort }));
    const keyring = join(directory, "keyring");
    this.run("ceph-authtool", ["--create-keyring", keyring, "--gen-key", "-n", "mon.", ...allow("mon")]);
    this.run("ceph-authtool", [keyring, "--gen-key", "-n", "client.admin", ...allow("mon", "osd", "mgr")]);
    this.run("ceph-authtool", [keyring, "--gen-key", "-n", "osd.0", ...allow("mon", "osd")]);
    const map = join(directory, "monmap");
    this.run("monmaptool", ["--create", "--addv", "a", `v2:127.0.0.1:${monitorPort}`, "--fsid", fsid, map]);
    this.run("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map, "--keyring", keyring]);
  }

  /** The store must be made under the id that the monitor knows it by, or it waits for its map for ever. */
  startStore(): void {
    const id = randomUUID();
    this.start("ceph-mon", ["-i", "a"]);
    this.run("ceph", ["osd", "new", id]);
    this.run("ceph", ["auth", "import", "-i", join(this.#directory, "keyring")]);
    this.run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", id]);
    this.start("ceph-osd", ["-i", "0"]);
  }

  run(program: string, args: readonly string[]): void {
    const { status, stderr } = spawnSync(program, [...this.#configured(program), ...args], {
      encoding: "utf8",
      timeout: startTimeoutMs,
    });
    if (status !== 0) throw new Error(`${program} ${args[0] ?? ""} failed: ${stderr}`);
  }

  start(program: string, args: readonly string[]): void {
    const child = spawn(program, [...this.#configured(program), ...args, "-f"], { stdio: "ignore" });
    this.#processes.push(child);
  }

  async stop(): Promise<void> {
    process.removeListener("exit", this.#killAll);
    const ended = this.#processes.filter(isRunning).map((child) => once(child, "exit"));
    // Nothing here is worth an orderly end, which takes the gateway five seconds.
    this.#killAll();
    await Promise.all(ended);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #configured(program: string): readonly string[] {
    return /authtool|monmaptool/.test(program) ? [] : ["-c", join(this.#directory, "ceph.conf")];
  }
}

function allow(...services: readonly string[]): readonly string[] {
  return services.flatMap((service) => ["--cap", service, "allow *"]);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

interface Configuration {
  readonly directory: string;
  readonly fsid: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
}

/** `paxos …`: each new pool is a proposal, and by default a proposal waits a second for company. */
function configuration({ directory, fsid, monitorPort, gatewayPort }: Configuration): string {
  return `[global]
fsid = ${fsid}
mon initial members = a
mon host = 127.0.0.1:${monitorPort}
keyring = ${directory}/keyring
run dir = ${directory}/run
admin socket =
log to file = false
mon data = ${directory}/mon
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 500
ms bind ipv6 = false
paxos propose interval = 0.01
paxos min wait = 0.005
rgw data = ${directory}/run
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw thread pool size = 16
rgw enable gc threads = false
rgw enable lc threads = false
rgw run sync thread = false
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function untilAnswering(endpoint: string): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs;
  for (;;) {
    const answer = await fetch(endpoint).catch(() => null);
    await answer?.body?.cancel();
    if (answer !== null) return;
    if (performance.now() > deadlineMs) throw new Error("the RADOS gateway did not start");
    await delay(50);
  }
}
