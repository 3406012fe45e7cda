// Servers that we did not write: what one sends is what the other reads, however it is framed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { programOnPath } from "../../../test/support/go-tool.ts";
import { asking } from "../../../test/support/asking.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { openAiCompatible } from "../openai-compatible/engine.ts";

const framings = ["length", "chunks", "small chunks", "until the end"] as const;
const sizes = [0, 1, 1_000, 16_384, 16_385, 65_536, 300_000];
const [callsOfEach, mostAtOnce] = [2, 6];

interface Case {
  readonly framing: (typeof framings)[number];
  /** Of request and answer. */
  readonly size: number;
}

const cases: readonly Case[] = framings.flatMap((framing) => sizes.map((size) => ({ framing, size })));

test("whole messages of each framing and size go to and from node:http", async (t) => {
  const server = await serve(t);
  await compare(t, server.url, server.url);
  assert.ok(server.connections() < cases.length * callsOfEach, "connections were used again");
});

test("whole messages of each framing and size go to and from nginx", { timeout: 120_000 }, async (t) => {
  const program = programOnPath("nginx");
  if (program === null) {
    t.skip("nginx is not installed: apt-get install nginx-light");
    return;
  }
  const server = await serve(t);
  await compare(t, await startNginx(t, program, server.url), server.url);
});

/** What the client under test reads through `url`, against what Node's reads from the server itself. */
async function compare(t: TestContext, url: string, plainUrl: string): Promise<void> {
  const connection = asking(openAiCompatible.open(engineAddress(url), mostAtOnce + 1));
  t.after(() => connection.close());
  const expected = new Map<Case, string>();
  for (const each of cases) expected.set(each, await askPlainly(plainUrl, bodyOf(each)));
  const left = Array.from({ length: callsOfEach }, () => cases).flat();
  const ask = async (): Promise<void> => {
    for (let each = left.pop(); each; each = left.pop()) {
      const { status, body } = await connection.call(upstreamCall({ body: [bodyOf(each)] }));
      assert.equal(status, 200);
      const text = await textOf(body);
      assert.ok(text === expected.get(each), `${JSON.stringify(each)}: ${text.length} bytes`);
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, ask));
}

function bodyOf({ framing, size }: Case): Buffer {
  return Buffer.from(`${JSON.stringify({ framing, size })}${"q".repeat(size)}`);
}

/** Answers with the hash of what it was sent, and as many bytes more, which are no two alike. */
async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { framing, size } = JSON.parse(body.toString().replace(/q*$/, "")) as Case;
  const hash = createHash("sha256").update(body).digest("hex");
  const text = `${hash} ${Array.from({ length: size / 8 }, (_, n) => String(n).padStart(8)).join("")}`;
  response.setHeader("content-type", "application/json");
  if (framing === "length") response.setHeader("content-length", text.length);
  if (framing === "until the end") {
    response.useChunkedEncodingByDefault = false;
    response.setHeader("connection", "close");
  }
  const step = framing === "small chunks" ? Math.ceil(text.length / 50) : text.length;
  for (let at = 0; at < text.length; at += step) {
    response.write(text.slice(at, at + step));
    if (at % (7 * step) === 0) await nextTurn();
  }
  response.end();
}

async function serve(t: TestContext): Promise<{ readonly url: string; connections(): number }> {
  let connections = 0;
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.on("connection", () => connections++).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: urlOf(server.address() as AddressInfo), connections: () => connections };
}

async function askPlainly(url: string, body: Buffer): Promise<string> {
  const sent = request(`${url}/v1/chat/completions`, { method: "POST", agent: false });
  const [incoming] = (await once(sent.end(body), "response")) as [IncomingMessage];
  return textOf(incoming);
}

async function startNginx(t: TestContext, program: string, upstreamUrl: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-nginx-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const url = await freeUrl();
  writeFileSync(join(directory, "nginx.conf"), configuration(directory, url, upstreamUrl));
  const nginx = spawn(program, ["-p", directory, "-c", join(directory, "nginx.conf")], { stdio: "ignore" });
  t.after(async () => {
    if (nginx.exitCode !== null) return;
    nginx.kill("SIGTERM");
    await once(nginx, "exit");
  });
  const probe = Buffer.from(JSON.stringify({ framing: "length", size: 0 }));
  while (nginx.exitCode === null) {
    if (await askPlainly(url, probe).catch(() => null)) return url;
    await delay(20);
  }
  throw new Error("nginx ended at once");
}

function configuration(directory: string, url: string, upstreamUrl: string): string {
  return `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events {}
http {
  access_log off;
  client_max_body_size 0;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen ${url.slice("http://".length)};
    keepalive_requests 5;
    location / {
      proxy_pass ${upstreamUrl};
      proxy_http_version 1.1;
    }
  }
}
`;
}

async function freeUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = urlOf(server.address() as AddressInfo);
  await once(server.close(), "close");
  return url;
}

function urlOf({ port }: AddressInfo): string {
  return `http://127.0.0.1:${port}`;
}
