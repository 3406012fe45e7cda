// Two processes of one cell: a limit that they share, and their restart, one after the other, behind nginx under load.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Place } from "../src/base/index.ts";
import { monotonicNow } from "../src/clock/index.ts";
import { instantTiming, startSimulatedEngine } from "../src/providers/index.ts";
import { programOnPath } from "./support/go-tool.ts";
import { limitedPolicy } from "./support/limited-policy.ts";
import { reservePortBase } from "./support/port-block.ts";
import { postgresMissing, startPostgres } from "./support/postgres.ts";
import { type ServedCell, startServe } from "./support/serve.ts";

const postgres = await startPostgres();
const skip = postgres === null && postgresMissing;

interface Fleet {
  readonly directory: string;
  readonly portBase: number;
  start(replica: "a" | "b"): Promise<ServedCell>;
}

/** Callers' ports are the block's first two. */
async function fleetOf(t: TestContext, tenantLimits: string): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-fleet-"));
  const portBase = await reservePortBase();
  const timing = instantTiming;
  const engine = await startSimulatedEngine({
    name: "near",
    port: 0,
    model: "assistant",
    place: "DE" as Place,
    timing,
    monotonicNow,
  });
  const running: ServedCell[] = [];
  t.after(async () => {
    await Promise.all(running.map((cell) => cell.stop()));
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });
  const policy = limitedPolicy({ tenantLimits }).replaceAll("http://127.0.0.1:1,", `${engine.url},`);
  writeFileSync(join(directory, "policy.yaml"), policy);
  for (const [at, replica] of ["a", "b"].entries()) {
    const text = `
bailiwick-cell: 1
cell: eu-frankfurt
state: state-${replica}
listen: 127.0.0.1:${portBase + at}
admin: 127.0.0.1:${portBase + 2 + at}
fleet: { replica: ${replica}, replicas: 2, store: "\${env:LIMIT_STORE}" }
`;
    writeFileSync(join(directory, `${replica}.yaml`), text);
  }
  return {
    directory,
    portBase,
    async start(replica) {
      const cell = await startServe(join(directory, `${replica}.yaml`), { LIMIT_STORE: postgres?.url ?? "" });
      running.push(cell);
      return cell;
    },
  };
}

async function ask(url: string): Promise<number> {
  return (await askOf(url)).status;
}

async function askOf(url: string): Promise<Response> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-buyer", "content-type": "application/json" },
    body: JSON.stringify({ model: "cheap", messages: [{ role: "user", content: "hello" }] }),
  });
  await answer.text();
  return answer;
}

test(
  "two processes of one cell let through one limit together, and spend one budget",
  { skip, timeout: 120_000 },
  async (t) => {
    const limits = "{ requests-per-minute: 40, budget: { amount: 0.05, currency: EUR, per: day } }";
    const fleet = await fleetOf(t, limits);
    const cells = await Promise.all([fleet.start("a"), fleet.start("b")]);
    const startedAt = monotonicNow();
    let answered = 0;
    for (let round = 0; round < 60; round++) {
      const statuses = await Promise.all(cells.map(({ url }) => ask(url)));
      answered += statuses.filter((status) => status === 200).length;
      assert.ok(
        statuses.every((status) => status === 200 || status === 429),
        String(statuses),
      );
    }
    const most = 40 + (40 * (monotonicNow() - startedAt)) / 60_000;
    assert.ok(answered >= 20 && answered <= most, `${answered}, and at most ${most}`);
  },
);

test(
  "two processes of one cell have a log each, whose names tell them apart, and neither goes on in the other's state",
  { skip, timeout: 120_000 },
  async (t) => {
    const fleet = await fleetOf(t, "{ concurrent-requests: 1000 }");
    const cells = await Promise.all([fleet.start("a"), fleet.start("b")]);
    const answers = await Promise.all(cells.map(({ url }) => askOf(url)));
    const series = answers.map(({ headers }) =>
      headers.get("bailiwick-ledger")?.replace(/\/\d{4}-\d\d#\d+$/, ""),
    );
    const cell = "test.example/ledger/DE/eu-frankfurt";
    assert.deepEqual(series, [`${cell}/a`, `${cell}/b`]);
    await Promise.all(cells.map((each) => each.stop()));
    const file = join(fleet.directory, "b.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("replica: b", "replica: c"));
    await assert.rejects(fleet.start("b"), /give the other name a state of its own/);
  },
);

test(
  "two replicas behind nginx are restarted one after the other under load, and no request fails",
  { skip, timeout: 180_000 },
  async (t) => {
    const nginx = programOnPath("nginx");
    if (nginx === null) {
      t.skip("nginx is not installed: apt-get install nginx-light");
      return;
    }
    const fleet = await fleetOf(t, "{ concurrent-requests: 1000 }");
    const cells = { a: await fleet.start("a"), b: await fleet.start("b") };
    const url = await startBalancer(t, nginx, fleet);
    const seen = new Map<number, number>();
    const over = new AbortController();
    const callers = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) {
        const status = await ask(url);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    });
    for (const replica of ["a", "b"] as const) {
      await delay(500);
      assert.equal(await cells[replica].stop(), 0);
      await delay(500);
      cells[replica] = await fleet.start(replica);
    }
    await delay(500);
    over.abort();
    await Promise.all(callers);
    assert.deepEqual(Array.from(seen.keys()), [200]);
    assert.ok((seen.get(200) ?? 0) > 100, `${seen.get(200)} requests`);
  },
);

/** It moves on to the other replica where one takes no connection, or answers that it is ending. */
async function startBalancer(
  t: TestContext,
  program: string,
  { directory, portBase }: Fleet,
): Promise<string> {
  const port = portBase + 4;
  mkdirSync(join(directory, "logs"));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${directory}/${kind};`,
  );
  writeFileSync(
    join(directory, "nginx.conf"),
    `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/logs/error.log;
events {}
http {
  access_log off;
  ${paths.join("\n  ")}
  upstream cell {
    server 127.0.0.1:${portBase} max_fails=0;
    server 127.0.0.1:${portBase + 1} max_fails=0;
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://cell;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_next_upstream error http_503 non_idempotent;
    }
  }
}
`,
  );
  const child = spawn(program, ["-p", directory, "-c", join(directory, "nginx.conf")], { stdio: "ignore" });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await ask(url).catch(() => 0)) === 200) return url;
    await delay(50);
  }
  throw new Error("nginx does not answer");
}

test.after(() => postgres?.stop());
