// Bailiwick with law, limits and ledger: six packs decide, two limits count, and both entries of a request are durable. It has no
// mode without a ledger, so none is measured.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchKey, type Peer, type Server } from "./peer.ts";
import { freePort, newFolder, startProgram } from "./server-process.ts";

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
  /** That serve callers; without limits, which one thread alone keeps. */
  readonly threads?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A `Server` whose admin listener is known. */
export interface BailiwickServer extends Server {
  readonly adminPort: number;
}

export const bailiwick: Peer = bailiwickOf("bailiwick", {});

export function against(checkout: string): Peer {
  return bailiwickOf("against", { checkout });
}

function bailiwickOf(name: string, started: Started): Peer {
  return {
    name,
    ledger: true,
    whyMissing: () => null,
    start: async (upstream) => ({ ...(await startBailiwick(upstream, started)), name }),
  };
}

export async function startBailiwick(
  upstream: Server,
  { checkout, size = { endpoints: 1, keys: 1 }, threads, environment = {} }: Started = {},
): Promise<BailiwickServer> {
  const port = await freePort();
  const adminPort = await freePort();
  const folder = newFolder("bailiwick");
  writeFileSync(
    join(folder, "policy.yaml"),
    policy({ port, upstreamPort: upstream.port, size, isLimited: threads === undefined }),
  );
  writeFileSync(join(folder, "cell.yaml"), cellFile({ port, adminPort, threads: threads ?? 1 }));
  const root = checkout ?? new URL("../..", import.meta.url).pathname;
  const args = ["serve", "--config", join(folder, "cell.yaml"), "--json"];
  const program = join(root, "bin/bailiwick");
  return { adminPort, ...(await startProgram({ name: "bailiwick", port, program, args, environment })) };
}

interface BenchPolicy {
  readonly port: number;
  readonly upstreamPort: number;
  readonly size: PolicySize;
  readonly isLimited: boolean;
}

function policy({ port, upstreamPort, size, isLimited }: BenchPolicy): string {
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
${endpoints.map((id) => `  ${id}: { cell: bench, engine: openai-compatible, url: "http://127.0.0.1:${upstreamPort}", operator: home-cloud, place: DE }`).join("\n")}
models:
  assistant: { served-by: { ${endpoints.map((id) => `${id}: bench`).join(", ")} } }
tenants:
  bench:
    established: DE
    subjects: DE
    class: personal
    requires: { residency: EEA }
${isLimited ? "    limits: { requests-per-minute: 10000000, concurrent-requests: 1000000 }\n" : ""}    keys:
${keys.map((key, index) => `      bench-${index}: { sha256: ${createHash("sha256").update(key).digest("hex")} }`).join("\n")}
`;
}

interface CellPlace {
  readonly port: number;
  readonly adminPort: number;
  readonly threads: number;
}

/** More connections than half of the descriptors, for idle ones are measured too. */
function cellFile({ port, adminPort, threads }: CellPlace): string {
  return `bailiwick-cell: 1
cell: bench
policy: policy.yaml
state: state
listen: 127.0.0.1:${port}
gateway-threads: ${threads}
admin: 127.0.0.1:${adminPort}
limits: { max-connections: 12000, max-upstream-connections: 4000 }
`;
}
