// What the benchmark starts, each as a process of its own on loopback: the upstream, the yardstick, and Bailiwick.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Server {
  readonly name: string;
  readonly url: string;
  readonly processId: number;
  stop(): Promise<void>;
}

export const benchKey = "sk-bench";

export async function startUpstream(): Promise<Server> {
  const port = await freePort();
  return node("direct", port, "upstream.ts", [String(port)]);
}

/** nginx as a plain reverse proxy where it is installed, else the least that Node can do. */
export async function startYardstick(upstream: Server): Promise<Server> {
  const port = await freePort();
  const upstreamPort = new URL(upstream.url).port;
  if (spawnSync("nginx", ["-v"]).status !== 0)
    return node("node-pipe", port, "pipe.ts", [String(port), upstreamPort]);
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-nginx-"));
  writeFileSync(join(directory, "nginx.conf"), nginxConfig(directory, port, upstreamPort));
  const child = spawn("nginx", ["-p", directory, "-c", "nginx.conf", "-e", "stderr"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await listening(port);
  return server("nginx", port, child);
}

/** What a policy may have many of. */
export interface PolicySize {
  /** That serve the one model. */
  readonly endpoints: number;
  readonly keys: number;
}

interface Started {
  /** Another one than this, whose dependencies are installed. */
  readonly checkout?: string;
  readonly size?: PolicySize;
}

export async function startBailiwick(
  upstream: Server,
  { checkout, size = { endpoints: 1, keys: 1 } }: Started = {},
): Promise<Server> {
  const port = await freePort();
  const adminPort = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-"));
  writeFileSync(join(directory, "policy.yaml"), policy({ port, upstreamUrl: upstream.url, size }));
  writeFileSync(join(directory, "cell.yaml"), cellFile(port, adminPort));
  const root = checkout ?? new URL("..", import.meta.url).pathname;
  const program = join(root, "bin/bailiwick");
  const child = spawn(program, ["serve", "--config", join(directory, "cell.yaml"), "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await firstOutput(child, "bailiwick");
  return server(checkout === undefined ? "bailiwick" : "against", port, child);
}

async function node(name: string, port: number, file: string, args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await firstOutput(child, name);
  return server(name, port, child);
}

function server(name: string, port: number, child: ChildProcess): Server {
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    processId: child.pid ?? 0,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function firstOutput(child: ChildProcess, name: string): Promise<void> {
  if (!child.stdout) throw new Error(`${name} has no output to wait for`);
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} exited with ${String(code)}`))),
  ]);
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

function nginxConfig(directory: string, port: number, upstreamPort: string): string {
  return `daemon off; worker_processes 1; pid ${directory}/pid; events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 256; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`;
}

interface BenchPolicy {
  readonly port: number;
  readonly upstreamUrl: string;
  readonly size: PolicySize;
}

function policy({ port, upstreamUrl, size }: BenchPolicy): string {
  const endpoints = Array.from({ length: size.endpoints }, (_, index) => `upstream-${index}`);
  const keys = Array.from({ length: size.keys }, (_, index) =>
    index === 0 ? benchKey : `${benchKey}-${index}`,
  );
  return `bailiwick: 1
deployment: bench.example
law:
  packs: [eu-gdpr, uk-gdpr, ae-health, us-hipaa, ru-152, us-cloud-act]
operators:
  home-cloud: { home: DE }
cells:
  bench: { place: DE, url: "http://127.0.0.1:${port}", operator: home-cloud }
endpoints:
${endpoints.map((id) => `  ${id}: { cell: bench, engine: openai-compatible, url: "${upstreamUrl}", operator: home-cloud, place: DE }`).join("\n")}
models:
  assistant: { served-by: { ${endpoints.map((id) => `${id}: bench`).join(", ")} } }
tenants:
  bench:
    established: DE
    subjects: DE
    class: personal
    requires: { residency: EEA }
    keys:
${keys.map((key, index) => `      bench-${index}: { sha256: ${createHash("sha256").update(key).digest("hex")} }`).join("\n")}
`;
}

function cellFile(port: number, adminPort: number): string {
  return `bailiwick-cell: 1
cell: bench
policy: policy.yaml
state: state
listen: 127.0.0.1:${port}
admin: 127.0.0.1:${adminPort}
`;
}
