import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encodeEntry, verifyLog } from "../../ledger/index.ts";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { openedEntry, origin, refusalEntry } from "../../../test/support/ledger-entries.ts";
import { buildLog } from "../../../test/support/ledger-log.ts";
import { serveFiles, writeLog } from "../../../test/support/log-files.ts";
import { UnusableServerError, urlLog } from "./url-log.ts";

const signer = signerFrom(1, origin);
const trust = { logs: [signer.key], witnesses: [], quorum: { kind: "none" } } as const;
const refusal = encodeEntry(refusalEntry(1));
const entries = [openedEntry(0, 1), ...Array.from({ length: 2999 }, () => refusal)];
const directory = mkdtempSync(join(tmpdir(), "bailiwick-url-"));
writeLog(directory, buildLog({ entries, signer, sealedAt: [3000] }));
after(() => rmSync(directory, { recursive: true }));

test("a log behind a server of files is verified, each file asked for once", async (t) => {
  const server = await serveFiles(directory);
  t.after(server.close);
  const { reader } = urlLog(`${server.url}/`);
  const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.entryCount, 3000);
  const repeated = server.asked.filter((path, at) => server.asked.indexOf(path) !== at);
  assert.deepEqual(repeated, []);
  assert.ok(server.asked.includes("/tile/entries/010"));
});

const refusals: readonly {
  readonly title: string;
  readonly answer: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly bytes?: number;
  };
  readonly says: RegExp;
}[] = [
  {
    title: "redirects",
    answer: { status: 302, headers: { location: "http://127.0.0.1:1/" } },
    says: /302.*redirects/,
  },
  { title: "fails", answer: { status: 500 }, says: /answered 500/ },
  { title: "forbids", answer: { status: 403 }, says: /answered 403/ },
  {
    title: "sends more than any log has",
    answer: { status: 200, bytes: 17 * 1024 * 1024 },
    says: /longer than/,
  },
];

for (const { title, answer, says } of refusals) {
  test(`a server that ${title} is not believed to lack the file`, async (t) => {
    const server = await serveFiles(directory, new Map([["/checkpoint", answer]]));
    t.after(server.close);
    await assert.rejects(urlLog(server.url).reader.read("checkpoint"), (error: unknown) => {
      assert.ok(error instanceof UnusableServerError);
      assert.match(error.message, says);
      return true;
    });
    assert.deepEqual(server.asked, ["/checkpoint"]);
  });
}

test("a server that is not there, or hangs up, is an error and not a missing file", async (t) => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(urlLog(`http://127.0.0.1:${port}`).reader.read("checkpoint"), UnusableServerError);
});

test("a file that the server has not is missing, and a verifier says so", async (t) => {
  const server = await serveFiles(directory, new Map([["/tile/entries/003", { status: 404 }]]));
  t.after(server.close);
  const { reader } = urlLog(server.url);
  const { problems } = await verifyLog({ reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(
    problems.map(({ kind, path }) => [kind, path]),
    [["bundle", "tile/entries/003"]],
  );
});
