// What is sent of a file that an application's credentials name, and what becomes of a file that never ends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { federatedToken, formOf, startTokenEndpoint } from "../../../test/support/token-endpoint.ts";
import { elapsedMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { entraTokens, readEntraApplication } from "./entra-tokens.ts";
import { TokenSource } from "./token-source.ts";

/** A source whose proof is in `tokenFile`, and what was sent for it. */
async function sourceOf(
  t: TestContext,
  tokenFile: string,
): Promise<{ source: TokenSource; requests: readonly string[] }> {
  const { url, requests } = await startTokenEndpoint(t, () => ({}));
  const application = readEntraApplication(JSON.stringify({ tenantId: "a", clientId: "b", tokenFile }));
  assert.ok(application);
  const source = new TokenSource(entraTokens(application, url));
  t.after(() => source.stop());
  return { source, requests };
}

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const [header = "", claims = "", signature = ""] = federatedToken.split(".");

for (const { title, content } of [
  { title: "a secret", content: "hunter2" },
  { title: "an empty one", content: "" },
  { title: "a private key", content: "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n" },
  { title: "three words with dots between them", content: "one.two.three" },
  { title: "an encrypted token of five parts", content: `${header}.a.b.c.d` },
  { title: "a token and another line", content: `${federatedToken}\nhunter2` },
  { title: "a token of no claims", content: `${header}.${header.slice(2)}.${signature}` },
  {
    title: "one that is longer than a token may be",
    content: `${header}.${claims}.${"a".repeat(64 * 1024)}`,
  },
]) {
  test(`of a file that holds no token nothing is sent: ${title}`, async (t) => {
    const tokenFile = join(folder(t), "token");
    writeFileSync(tokenFile, content);
    const { source, requests } = await sourceOf(t, tokenFile);
    assert.equal(await source.whenGood(), null);
    assert.equal(source.fault, "token_refused");
    assert.equal(requests.length, 0);
  });
}

test("a token is sent from wherever its file lies, without what stands around it", async (t) => {
  const tokenFile = join(folder(t), "token");
  writeFileSync(tokenFile, `\n${federatedToken}\r\n`);
  const { source, requests } = await sourceOf(t, tokenFile);
  assert.equal(await source.whenGood(), "ya29.token");
  assert.equal(formOf(requests[0]).get("client_assertion"), federatedToken);
});

for (const path of ["/dev/zero", "/proc/self/environ", tmpdir()]) {
  test(
    `what is no file of a token is not sent, and read to no end: ${path}`,
    { skip: !existsSync(path) },
    async (t) => {
      const { source, requests } = await sourceOf(t, path);
      assert.equal(await source.whenGood(), null);
      assert.deepEqual([source.fault, requests.length], ["token_refused", 0]);
    },
  );
}

test("a file that is not there is no credential that is refused: it may come", async (t) => {
  const { source, requests } = await sourceOf(t, join(folder(t), "token"));
  assert.equal(await source.whenGood(), null);
  assert.deepEqual([source.fault, requests.length], ["token_unreachable", 0]);
});

test("a pipe that nobody writes to holds nobody up", async (t) => {
  const pipe = join(folder(t), "pipe");
  assert.equal(spawnSync("sh", ["-c", 'mkfifo "$0"', pipe]).status, 0);
  const { source, requests } = await sourceOf(t, pipe);
  const begun = monotonicNow();
  // What waits on a pipe is freed by whoever opens it to write: the test would else never end.
  const opened = delay(2_000).then(() => spawnSync("sh", ["-c", ': <> "$0"', pipe]));
  assert.equal(await source.whenGood(), null);
  assert.ok(elapsedMs(begun, monotonicNow()) < 1_000);
  assert.deepEqual([source.fault, requests.length], ["token_refused", 0]);
  await opened;
});
