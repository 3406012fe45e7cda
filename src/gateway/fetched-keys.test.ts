// Keys of an identity provider that are fetched from where it publishes them: a real server with TLS, and a cell of real parts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { askChat, type Answered, errorOf } from "../../test/support/ask.ts";
import { eventually } from "../../test/support/demo.ts";
import {
  startTestCell,
  type TestCell,
  type TestCellOptions,
  testPolicy,
} from "../../test/support/test-cell.ts";
import { signatureBy, type TestKey, testKey, tokenOf } from "../../test/support/test-tokens.ts";
import { askAlone, policyForThreads, SeenWorkers } from "../../test/support/threads.ts";
import { tinyAuthority } from "../../test/support/tiny-certificates.ts";
import { elapsedMs, type InstantMs, later, type MonotonicMs } from "../base/index.ts";
import { monotonicNow } from "../clock/index.ts";
import { parseKeySet } from "../config/index.ts";
import { refreshAfterMs, retryAfterMs } from "./watch/key-set-watch.ts";

const issuer = "https://idp.example";
const authority = tinyAuthority("idp");
const [first, second] = [testKey("first", "EdDSA"), testKey("second", "ES256")];
const hourMs = 3_600_000;

/** Plays the provider: by default it publishes `keys`. */
class Publisher {
  readonly url: string;
  keys: readonly TestKey[] = [first];
  answer: (response: ServerResponse) => void = (response) => {
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  };
  readonly requests: string[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async start(t: TestContext): Promise<Publisher> {
    const { certificate, key } = authority.issue("127.0.0.1");
    const server = createServer({ cert: certificate, key });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const publisher = new Publisher(`https://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`);
    server.on("request", (request, response) => {
      publisher.requests.push(`${request.method} ${request.url} ${request.rawHeaders.join(" ")}`);
      publisher.answer(response);
    });
    t.after(() => server.close().closeAllConnections());
    return publisher;
  }
}

/** What the cell believes of time, and a test moves. */
class Clocks {
  wallMs: number = Date.parse("2026-11-30T12:00:00Z");
  steadyMs = 1_000_000;
  readonly now = (): InstantMs => this.wallMs;
  readonly steadyNow = (): MonotonicMs => later(monotonicNow(), this.steadyMs);

  pass(ms: number): void {
    this.wallMs += ms;
    this.steadyMs += ms;
  }
}

function policyFor(url: string, more = "", others = testPolicy): string {
  return `${others}
  acme:
    established: DE
    subjects: DE
    class: personal
    identity: { jwt: { issuer: ${issuer}, audience: here, jwks-url: ${url}${more} } }
`;
}

async function startCell(
  t: TestContext,
  url: string,
  { clocks = new Clocks(), more = "", ...options }: TestCellOptions & { clocks?: Clocks; more?: string } = {},
): Promise<TestCell> {
  const { now, steadyNow } = clocks;
  const keySetAuthorities = authority.certificate;
  return startTestCell(t, {
    policy: policyFor(url, more),
    now,
    monotonicNow: steadyNow,
    keySetAuthorities,
    ...options,
  });
}

function tokenBy(key: TestKey, kid = key.kid): string {
  const payload = { iss: issuer, aud: "here", exp: 4_000_000_000 };
  return tokenOf({ header: { alg: key.algorithm, kid }, payload, sign: signatureBy(key) });
}

function askBy(
  cell: TestCell,
  key: TestKey,
  { kid = key.kid }: { readonly kid?: string } = {},
): Promise<Answered> {
  return askChat(cell, { headers: { authorization: `Bearer ${tokenBy(key, kid)}` } });
}

test("keys are fetched over TLS, and nothing of a caller goes with it", async (t) => {
  const publisher = await Publisher.start(t);
  const cell = await startCell(t, publisher.url);
  const answer = await askBy(cell, first);
  assert.equal(answer.status, 200, answer.text);
  const { host } = new URL(publisher.url);
  for (const request of publisher.requests)
    assert.equal(request, `GET /jwks.json host ${host} connection keep-alive accept application/json`);
});

test("a key that is new is fetched when a token names it; one that was taken back is refused after that", async (t) => {
  const publisher = await Publisher.start(t);
  const clocks = new Clocks();
  const cell = await startCell(t, publisher.url, { clocks });
  assert.equal((await askBy(cell, first)).status, 200);
  publisher.keys = [second];
  clocks.pass(10_000);
  assert.equal((await askBy(cell, second)).status, 200);
  const old = await askBy(cell, first);
  assert.equal(old.status, 401);
  assert.match(errorOf(old).message, /names a key that its issuer does not publish/);
});

test("a key's algorithm is its own, whatever the token says", async (t) => {
  const publisher = await Publisher.start(t);
  const cell = await startCell(t, publisher.url);
  const other = testKey("first", "ES256");
  assert.match(errorOf(await askBy(cell, other)).message, /`alg` is not its key's/);
});

test("however many tokens name keys that nobody has, the provider is asked once in ten seconds", async (t) => {
  const publisher = await Publisher.start(t);
  const clocks = new Clocks();
  const cell = await startCell(t, publisher.url, { clocks });
  assert.equal((await askBy(cell, first)).status, 200);
  const before = publisher.requests.length;
  clocks.pass(10_000);
  const flood = Array.from({ length: 100 }, (_, index) => askBy(cell, first, { kid: `made-up-${index}` }));
  for (const answer of await Promise.all(flood)) assert.equal(answer.status, 401);
  assert.equal(publisher.requests.length, before + 1);
  assert.equal((await askBy(cell, first)).status, 200);
});

const failures: readonly {
  readonly title: string;
  readonly answer: Publisher["answer"];
  readonly fault: string;
}[] = [
  { title: "hangs", answer: () => undefined, fault: "unreachable" },
  {
    title: "says that it will send 16 GiB",
    answer: (response) => void response.writeHead(200, { "content-length": 2 ** 34 }).write("{"),
    fault: "unreachable",
  },
  {
    title: "sends without an end",
    answer(response) {
      const more = (): void => {
        while (!response.destroyed && response.write(" ".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    },
    fault: "unreachable",
  },
  { title: "sends garbage", answer: (response) => void response.end("<html>"), fault: "unusable" },
  { title: "sends no key", answer: (response) => void response.end('{"keys":[]}'), fault: "unusable" },
  {
    title: "leads elsewhere",
    answer: (response) => void response.writeHead(302, { location: "https://127.0.0.1:1/" }).end(),
    fault: "unreachable",
  },
  {
    title: "answers with an error",
    answer: (response) => void response.writeHead(500).end(),
    fault: "unreachable",
  },
];

test("a provider that fails is told of, and the keys of before go on", async (t) => {
  const publisher = await Publisher.start(t);
  const publish = publisher.answer;
  for (const { title, answer, fault } of failures) {
    await t.test(title, async (t) => {
      const clocks = new Clocks();
      publisher.answer = publish;
      const cell = await startCell(t, publisher.url, { clocks });
      assert.equal((await askBy(cell, first)).status, 200);
      publisher.answer = answer;
      clocks.pass(10_000);
      const startedAt = monotonicNow();
      assert.equal((await askBy(cell, second)).status, 401);
      assert.ok(elapsedMs(startedAt, monotonicNow()) < 4_000, "a caller waits for two seconds at most");
      await eventually(() => Promise.resolve(cell.logLines.some((line) => line.includes("key_set_refused"))));
      const [line = ""] = cell.logLines.filter((each) => each.includes("key_set_refused"));
      assert.match(line, new RegExp(`"fault":"${fault}"`));
      assert.doesNotMatch(line, /idp\.example|127\.0\.0\.1/);
      assert.equal((await askBy(cell, first)).status, 200);
    });
  }
});

test("a server that the policy's authorities do not vouch for is believed nothing", async (t) => {
  const publisher = await Publisher.start(t);
  const cell = await startCell(t, publisher.url, { keySetAuthorities: tinyAuthority("other").certificate });
  const answer = await askBy(cell, first);
  assert.equal(answer.status, 503);
  assert.deepEqual(publisher.requests, []);
});

for (const { title, pass } of [
  { title: "by both clocks", pass: (clocks: Clocks) => clocks.pass(48 * hourMs) },
  {
    title: "by the wall clock alone, which was set",
    pass: (clocks: Clocks) => (clocks.wallMs += 48 * hourMs),
  },
  {
    title: "by the steady clock alone, the other was set back",
    pass: (clocks: Clocks) => (clocks.steadyMs += 48 * hourMs),
  },
  {
    title: "by nobody's count: the wall clock is before their time",
    pass: (clocks: Clocks) => (clocks.wallMs -= hourMs),
  },
]) {
  test(`keys that are too old ${title} count no more: 503 and an alarm, until they can be fetched`, async (t) => {
    const publisher = await Publisher.start(t);
    const publish = publisher.answer;
    const clocks = new Clocks();
    const cell = await startCell(t, publisher.url, { clocks, more: ", jwks-max-age: P2D" });
    assert.equal((await askBy(cell, first)).status, 200);
    publisher.answer = (response) => void response.writeHead(500).end();
    pass(clocks);
    clocks.steadyMs += 10_000;
    const refused = await askBy(cell, first);
    assert.equal(refused.status, 503);
    assert.equal(errorOf(refused).type, "gateway_identity_unavailable");
    assert.equal(refused.headers.get("retry-after"), "30");
    await eventually(() => Promise.resolve(/key_set_too_old[^}]*\} 1/.test(cell.metrics())));
    publisher.answer = publish;
    clocks.steadyMs += 10_000;
    assert.equal((await askBy(cell, first)).status, 200);
  });
}

test("a cell that starts while the provider is down goes on with the keys that it has on disk, as long as they are young enough", async (t) => {
  const publisher = await Publisher.start(t);
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-keys-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const clocks = new Clocks();
  await t.test("it fetches them", async (t) => {
    const cell = await startCell(t, publisher.url, { clocks, directory });
    assert.equal((await askBy(cell, first)).status, 200);
    await eventually(() => Promise.resolve(readdirSync(join(directory, "identity")).length === 1));
  });
  publisher.answer = (response) => void response.destroy();
  await t.test("it starts without the provider", async (t) => {
    clocks.pass(23 * hourMs);
    const cell = await startCell(t, publisher.url, { clocks, directory });
    assert.equal((await askBy(cell, first)).status, 200);
    clocks.pass(hourMs);
    assert.equal((await askBy(cell, first)).status, 503);
  });
  await t.test("another URL is another set", async (t) => {
    clocks.pass(-24 * hourMs);
    const cell = await startCell(t, `${publisher.url}/other`, { clocks, directory });
    assert.equal((await askBy(cell, first)).status, 503);
  });
  await t.test("what is damaged on disk is not there", async (t) => {
    for (const name of readdirSync(join(directory, "identity"))) {
      const file = join(directory, "identity", name);
      writeFileSync(file, readFileSync(file, "utf8").slice(0, -9));
    }
    const cell = await startCell(t, publisher.url, { clocks, directory });
    assert.equal((await askBy(cell, first)).status, 503);
  });
});

test("a reload asks providers that are new, and forgets those that have gone", async (t) => {
  const publisher = await Publisher.start(t);
  const cell = await startCell(t, publisher.url, { policy: testPolicy });
  assert.equal((await askBy(cell, first)).status, 401);
  assert.equal(await cell.reload(policyFor(publisher.url)), null);
  assert.equal((await askBy(cell, first)).status, 200);
  assert.equal(await cell.reload(testPolicy), null);
  assert.equal((await askBy(cell, first)).status, 401);
});

test("each of several gateway threads has the keys that were fetched", async (t) => {
  const publisher = await Publisher.start(t);
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, {
    policy: policyFor(publisher.url, "", policyForThreads),
    keySetAuthorities: authority.certificate,
    workers: { count: 2, onWorker: workers.add },
  });
  const headers = { authorization: `Bearer ${tokenBy(first)}` };
  const answers = await Promise.all(Array.from({ length: 20 }, () => askAlone(cell, { headers })));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  // A thread's log lines are gathered before they are sent.
  await eventually(() => workers.all.every((worker) => workers.finishedBy(worker) > 0));
});

test("of a JWK set the keys count that a policy could pin, each with one algorithm", () => {
  const rsa = testKey("rsa", "RS256").jwk;
  const { alg: _alg, ...unnamed } = rsa;
  const listed = [
    { ...first.jwk, x5t: "abc", key_ops: ["verify"], use: "sig" },
    unnamed,
    { ...rsa, kid: "enc", use: "enc" },
    { ...rsa, kid: "oaep", alg: "RSA-OAEP" },
    { ...rsa, kid: "none", alg: "none" },
    { kid: "shared", kty: "oct", k: "AAAA", alg: "HS256" },
    { ...first.jwk, kid: "private", d: "AAAA" },
    { ...first.jwk, kid: undefined },
    "a text",
    null,
  ];
  const parsed = parseKeySet(JSON.stringify({ keys: listed }));
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.value.map(({ kid, algorithm }) => [kid, algorithm]),
    [
      ["first", "EdDSA"],
      ["rsa", "RS256"],
    ],
  );
  for (const text of [
    "",
    "[]",
    '{"keys":{}}',
    JSON.stringify({ keys: [first.jwk, { ...second.jwk, kid: "first" }] }),
    JSON.stringify({ keys: Array(101).fill(first.jwk) }),
  ])
    assert.equal(parseKeySet(text).ok, false, text.slice(0, 50));
});

test("keys are asked for again as their publisher says, within bounds and in time, and after failures ever more seldom", () => {
  const dayMs = 24 * hourMs;
  assert.equal(refreshAfterMs(null, dayMs), hourMs);
  assert.equal(refreshAfterMs(0, dayMs), 300_000);
  assert.equal(refreshAfterMs(6 * hourMs, dayMs), 6 * hourMs);
  assert.equal(refreshAfterMs(365 * dayMs, dayMs), dayMs / 2);
  assert.equal(refreshAfterMs(365 * dayMs, 30 * dayMs), dayMs / 2);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 50].map(retryAfterMs),
    [30_000, 60_000, 120_000, 240_000, 300_000, 300_000],
  );
});
