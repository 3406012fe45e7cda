// A log behind a server that we did not write: nginx over a copied directory.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeEntry, verifyLog } from "../src/ledger/index.ts";
import { urlLog } from "../src/store/index.ts";
import { programOnPath } from "./support/go-tool.ts";
import { sha256, signerFrom, verifyEd25519 } from "./support/ledger-crypto.ts";
import { openedEntry, origin, refusalEntry } from "./support/ledger-entries.ts";
import { buildLog } from "./support/ledger-log.ts";
import { writeLog } from "./support/log-files.ts";

const signer = signerFrom(1, origin);
const trust = { logs: [signer.key], witnesses: [], quorum: { kind: "none" } } as const;

test("a log that nginx serves, compressed or not, is verified over HTTP", { timeout: 60_000 }, async (t) => {
  const program = programOnPath("nginx");
  if (program === null) {
    t.skip("nginx is not installed: apt-get install nginx-light");
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-nginx-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const refusal = encodeEntry(refusalEntry(1));
  const entries = [openedEntry(0, 1), ...Array.from({ length: 1999 }, () => refusal)];
  writeLog(join(directory, "log"), buildLog({ entries, signer, sealedAt: [2000] }));
  const url = await startNginx(t, program, directory);
  const { reader } = urlLog(url);
  const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.entryCount, 2000);
  assert.equal(await reader.read("tile/entries/999"), null);
});

async function startNginx(t: TestContext, program: string, directory: string): Promise<string> {
  const port = await freePort();
  mkdirSync(join(directory, "logs"));
  writeFileSync(join(directory, "nginx.conf"), configuration(directory, port));
  const nginx = spawn(program, ["-p", directory, "-c", join(directory, "nginx.conf")], { stdio: "ignore" });
  t.after(async () => {
    if (nginx.exitCode !== null) return;
    nginx.kill("SIGTERM");
    await once(nginx, "exit");
  });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 200; attempt++) {
    assert.equal(nginx.exitCode, null, "nginx ended at once");
    const answer = await fetch(`${url}/checkpoint`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return url;
    await sleep(50);
  }
  throw new Error("nginx does not answer");
}

function configuration(directory: string, port: number): string {
  return `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/logs/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  gzip on;
  gzip_types application/octet-stream text/plain;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${directory}/log;
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
