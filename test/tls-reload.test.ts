// Certificates of a running cell that change under it, as whoever renews them does it: put the new ones in place, send SIGHUP.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, startDemo } from "./support/demo.ts";
import { startServedProcess } from "./support/served-process.ts";
import { tinyAuthority, type TinyCertificate } from "./support/tiny-certificates.ts";

test("SIGHUP takes up a renewed certificate; one that is none leaves the last good one, and a start without one names the file", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-tls-"));
  const [certificate, key, clients] = ["cell.pem", "cell.key", "clients.pem"].map((name) =>
    join(directory, name),
  );
  assert.ok(certificate && key && clients);
  const put = (pair: TinyCertificate): void => {
    for (const [file, text] of [
      [key, pair.key],
      [certificate, pair.certificate],
    ] as const) {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    }
  };
  try {
    const demo = await startDemo({ directory });
    assert.equal(await demo.stop(), 0);
    const config = join(directory, "eu-frankfurt.yaml");
    const tls = `tls: { certificate: ${certificate}, key: ${key}, client-authorities: { acme.example: ${clients} } }`;
    writeFileSync(config, `${readFileSync(config, "utf8").trimEnd()}\n${tls}\n`);
    const [first, second] = [tinyAuthority("first"), tinyAuthority("second")];
    await assert.rejects(
      startServedProcess(config),
      new RegExp(`exited with 2: [^]*tls.certificate[^]*${certificate}`),
    );
    put(first.issue("127.0.0.1"));
    writeFileSync(clients, "nothing");
    await assert.rejects(
      startServedProcess(config),
      new RegExp(`client-authorities.acme.example[^]*${clients}`),
    );
    writeFileSync(clients, tinyAuthority("clients").certificate);
    put({ ...first.issue("127.0.0.1"), key: second.key });
    await assert.rejects(startServedProcess(config), new RegExp(`${certificate}[^]*${key}[^]*private key`));

    put(first.issue("127.0.0.1"));
    const served = await startServedProcess(config);
    try {
      assert.match(served.cell.url, /^https:/);
      assert.equal(await statusOf(served.cell.url, first.certificate), 200);
      put(second.issue("127.0.0.1"));
      served.child.kill("SIGHUP");
      await eventually(async () => (await statusOf(served.cell.url, second.certificate)) === 200);
      put({ certificate: "nothing", key: "nothing" });
      served.child.kill("SIGHUP");
      await eventually(() => Promise.resolve(served.stderr().includes("certificates_refused")));
      assert.equal(await statusOf(served.cell.url, second.certificate), 200);
    } finally {
      served.child.kill("SIGTERM");
      assert.deepEqual(await served.ended, [0, null]);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** 0 where the cell shows a certificate of somebody else's. */
function statusOf(url: string, ca: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  get(`${url}/livez`, { ca, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).on(
    "error",
    () => resolve(0),
  );
  return promise;
}
