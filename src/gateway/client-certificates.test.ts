// Callers who are known by a client certificate, over TLS, at a cell of real parts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:https";
import { connect as connectPlain } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectSecure, type ConnectionOptions, type TLSSocket } from "node:tls";
import { chatBody } from "../../test/support/ask.ts";
import { eventually } from "../../test/support/demo.ts";
import {
  keyHash,
  startTestCell,
  type TestCell,
  type TestCellOptions,
  testPolicy,
} from "../../test/support/test-cell.ts";
import { signatureBy, testKey, tokenOf } from "../../test/support/test-tokens.ts";
import { tinyAuthority, type TinyCertificate, type Workload } from "../../test/support/tiny-certificates.ts";

const servers = tinyAuthority("servers");
const acme = tinyAuthority("acme");
const partner = tinyAuthority("partner");
const server = servers.issue("127.0.0.1");
const signer = testKey("only", "EdDSA");

const policy = `${testPolicy}
  acme:
    established: DE
    subjects: DE
    class: personal
    limits: { requests-per-minute: 1000 }
    teams: { search: { limits: { requests-per-minute: 3 } } }
    keys:
      everyone: { spiffe: spiffe://acme.example/ }
      search: { spiffe: spiffe://acme.example/search/, team: search }
      one: { spiffe: spiffe://acme.example/search/one, class: health }
      late: { spiffe: spiffe://acme.example/late, expires: 2020-01-01 }
      sister: { spiffe: spiffe://acme.example/cell/us, peer: us-virginia }
      hash: { sha256: ${keyHash("sk-acme")} }
      sister-hash: { sha256: ${keyHash("sk-acme-us")}, peer: us-virginia }
    identity: { jwt: { issuer: https://idp.example, audience: here, keys: [${JSON.stringify(signer.jwk)}] } }
  partner: { established: DE, subjects: DE, class: personal, keys: { a: { spiffe: spiffe://partner.example/app } } }
`;

const tls = {
  certificate: server.certificate,
  key: server.key,
  clients: [
    { trustDomain: "acme.example", certificates: acme.certificate },
    { trustDomain: "partner.example", certificates: partner.certificate },
  ],
};

function startCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy, tls, ...options });
}

interface Told {
  readonly status: number;
  readonly message: string;
}

/** Asks over one connection, as often as it is called. */
function callerOf(t: TestContext, { gateway }: TestCell, shown: TinyCertificate | null) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: servers.certificate,
    ...(shown && { cert: shown.certificate, key: shown.key }),
  });
  t.after(() => agent.destroy());
  let connectionCount = 0;
  const ask = (headers: Readonly<Record<string, string>> = {}): Promise<Told> => {
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    request(
      `${gateway.url}/v1/chat/completions`,
      { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        answer.on("end", () => {
          const { error } = JSON.parse(text) as { readonly error?: { readonly message: string } };
          resolve({ status: answer.statusCode ?? 0, message: error?.message ?? "" });
        });
      },
    )
      .on("socket", (socket) => socket.once("secureConnect", () => connectionCount++))
      .on("error", reject)
      .end(chatBody());
    return promise;
  };
  const isHungUp = (): boolean => Object.keys(agent.freeSockets).length === 0;
  return { ask, connections: () => connectionCount, isHungUp };
}

function workload(path: string, more: Partial<Workload> = {}): TinyCertificate {
  return acme.issueFor({ uris: [`spiffe://acme.example${path}`], ...more });
}

function openSecure(t: TestContext, { gateway }: TestCell, options: ConnectionOptions): TLSSocket {
  const { hostname: host, port } = new URL(gateway.url);
  const socket = connectSecure({ host, port: Number(port), ca: servers.certificate, ...options });
  t.after(() => socket.destroy());
  return socket;
}

const bearer = (secret: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${secret}` });

test("a workload's certificate speaks for the tenant whose policy names its SPIFFE ID, and the nearest name counts", async (t) => {
  const cell = await startCell(t);
  for (const path of ["/anything", "/search/two", "/search/one"]) {
    const answer = await callerOf(t, cell, workload(path)).ask();
    assert.equal(answer.status, 200, answer.message);
  }
  const decisions = cell.entries.filter((entry) => entry.t === "decision");
  assert.deepEqual(
    decisions.map(({ classes }) => classes.length),
    [1, 1, 2],
  );
});

test("a certificate may come by way of an authority between", async (t) => {
  const cell = await startCell(t);
  const between = acme.authority("between");
  await cell.gateway.renewTls({ ...tls, clients: tls.clients.slice(0, 1) });
  const leaf = between.issueFor({ uris: ["spiffe://acme.example/a"] });
  const shown = { certificate: `${leaf.certificate}${between.certificate}`, key: leaf.key };
  const answer = await callerOf(t, cell, shown).ask();
  assert.equal(answer.status, 200, answer.message);
});

const namesake = partner.authority("acme");
const foreign = namesake.issueFor({ uris: ["spiffe://acme.example/search/one"] });

const refused: readonly { readonly title: string; readonly shown: TinyCertificate; readonly says: RegExp }[] =
  [
    {
      title: "with two URIs",
      shown: acme.issueFor({ uris: ["spiffe://acme.example/a", "spiffe://acme.example/b"] }),
      says: /2 URIs/,
    },
    { title: "without one", shown: acme.issueFor({ uris: [] }), says: /0 URIs/ },
    {
      title: "with a URI of another kind",
      shown: acme.issueFor({ uris: ["https://acme.example/a"] }),
      says: /no SPIFFE ID/,
    },
    { title: "of a trust domain alone", shown: workload(""), says: /its path/ },
    { title: "with a path that goes up", shown: workload("/a/../search/one"), says: /its path/ },
    { title: "with a slash at its end", shown: workload("/search/"), says: /its path/ },
    {
      title: "of an authority",
      shown: workload("/a", { isAuthority: true, keyUsage: 0x84 }),
      says: /authority's/,
    },
    { title: "that may sign certificates", shown: workload("/a", { keyUsage: 0x84 }), says: /key usage/ },
    {
      title: "that does not say what its key is for",
      shown: workload("/a", { keyUsage: null }),
      says: /key usage/,
    },
    {
      title: "that has expired",
      shown: workload("/a", { until: "210101000000Z" }),
      says: /CERT_HAS_EXPIRED/,
    },
    { title: "whose key in the policy has expired", shown: workload("/late"), says: /key has expired/ },
    {
      title: "of an authority that nobody named",
      shown: tinyAuthority("stranger").issueFor({ uris: ["spiffe://acme.example/a"] }),
      says: /does not verify/,
    },
    {
      title: "of a trust domain that nobody named",
      shown: acme.issueFor({ uris: ["spiffe://other.example/a"] }),
      says: /do not vouch for it/,
    },
    {
      title: "that another trust domain's authority has issued",
      shown: partner.issueFor({ uris: ["spiffe://acme.example/search/one"] }),
      says: /do not vouch for it/,
    },
    {
      title: "that another trust domain's authority has issued under the name of the right one",
      shown: { certificate: `${foreign.certificate}${namesake.certificate}`, key: foreign.key },
      says: /does not verify|do not vouch/,
    },
    {
      title: "with an ID that the policy does not name",
      shown: partner.issueFor({ uris: ["spiffe://partner.example/application"] }),
      says: /not known here/,
    },
  ];

test("a certificate that proves nothing here is answered with 401, whatever key comes with it", async (t) => {
  const cell = await startCell(t);
  for (const { title, shown, says } of refused) {
    await t.test(title, async () => {
      const caller = callerOf(t, cell, shown);
      for (const headers of [{}, bearer("sk-acme")]) {
        const answer = await caller.ask(headers);
        assert.equal(answer.status, 401);
        assert.match(answer.message, says);
      }
    });
  }
});

test("who shows no certificate is known by its key, over the same listener", async (t) => {
  const cell = await startCell(t);
  const caller = callerOf(t, cell, null);
  assert.equal((await caller.ask(bearer("sk-acme"))).status, 200);
  assert.match((await caller.ask()).message, /no API key/);
});

test("a key or token beside a certificate must be of the same tenant, and the limits of both hold", async (t) => {
  const cell = await startCell(t);
  const claims = { iss: "https://idp.example", aud: "here", exp: 4_000_000_000 };
  const token = tokenOf({ header: { alg: "EdDSA" }, payload: claims, sign: signatureBy(signer) });
  const search = callerOf(t, cell, workload("/search/two"));
  assert.equal((await search.ask(bearer("sk-acme"))).status, 200);
  assert.equal((await search.ask(bearer(token))).status, 200);
  const other = await search.ask(bearer("sk-demo-bank"));
  assert.equal(other.status, 401);
  assert.match(other.message, /different tenants/);
  assert.equal((await search.ask({ "x-api-key": "sk-acme" })).status, 200);
  // Three in a minute for the team of the certificate, whose key alone has no limit.
  assert.equal((await search.ask(bearer("sk-acme"))).status, 429);
  assert.equal((await callerOf(t, cell, null).ask(bearer("sk-acme"))).status, 200);
});

test("another cell may be known by its certificate; with a key beside it, both must be that cell's", async (t) => {
  const cell = await startCell(t);
  const transfer = { "bailiwick-transfer": "0123456789abcdef0123456789abcdef" };
  const sister = callerOf(t, cell, workload("/cell/us"));
  assert.equal((await sister.ask(transfer)).status, 200);
  assert.equal((await sister.ask({ ...transfer, ...bearer("sk-acme-us") })).status, 200);
  assert.equal((await sister.ask({ ...transfer, ...bearer("sk-acme") })).status, 400);
  assert.equal(
    (await callerOf(t, cell, workload("/a")).ask({ ...transfer, ...bearer("sk-acme-us") })).status,
    400,
  );
});

test("a certificate that expires while its connection is open is refused from then on", async (t) => {
  let nowMs = Date.parse("2026-11-30T12:00:00Z");
  const cell = await startCell(t, { now: () => nowMs });
  const caller = callerOf(t, cell, workload("/a", { until: "491231235959Z" }));
  assert.equal((await caller.ask()).status, 200);
  nowMs = Date.parse("2049-12-31T23:59:59Z");
  const late = await caller.ask();
  assert.match(late.message, /has expired; connect with a renewed one/);
  assert.equal(caller.connections(), 1);
});

test("an authority that a reload takes away vouches for nobody any more, on open connections and new ones", async (t) => {
  const cell = await startCell(t);
  const shown = workload("/a");
  const caller = callerOf(t, cell, shown);
  assert.equal((await caller.ask()).status, 200);
  await cell.gateway.renewTls({ ...tls });
  assert.equal((await caller.ask()).status, 200);
  assert.equal(caller.connections(), 1);
  await cell.gateway.renewTls({ ...tls, clients: tls.clients.slice(1) });
  await eventually(() => Promise.resolve(caller.isHungUp()));
  assert.match((await caller.ask()).message, /does not verify/);
});

test("a request that is under way when its authority goes is answered, and its connection ends with it", async (t) => {
  const cell = await startCell(t);
  const { certificate: cert, key } = workload("/a");
  const socket = openSecure(t, cell, { cert, key });
  const body = chatBody();
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  let heard = "";
  socket.on("data", (bytes) => (heard += bytes.toString("latin1")));
  socket.write(head + body.slice(0, 9));
  await eventually(() => Promise.resolve(/bailiwick_requests_in_flight\{[^}]*\} 1/.test(cell.metrics())));
  await cell.gateway.renewTls({ ...tls, clients: tls.clients.slice(1) });
  socket.write(body.slice(9));
  await once(socket, "end");
  assert.match(heard, /^HTTP\/1.1 200 /);
});

test("a policy that does not name the SPIFFE ID any more refuses its next request", async (t) => {
  const cell = await startCell(t);
  const caller = callerOf(t, cell, partner.issueFor({ uris: ["spiffe://partner.example/app"] }));
  assert.equal((await caller.ask()).status, 200);
  assert.equal(await cell.reload(policy.replace("partner.example/app", "partner.example/other")), null);
  assert.match((await caller.ask()).message, /not known here/);
});

test("a renewed certificate of the cell is shown to whoever connects next", async (t) => {
  const cell = await startCell(t);
  const before = callerOf(t, cell, null);
  assert.equal((await before.ask(bearer("sk-acme"))).status, 200);
  const renewed = tinyAuthority("others");
  await cell.gateway.renewTls({ ...tls, ...renewed.issue("127.0.0.1") });
  assert.equal((await before.ask(bearer("sk-acme"))).status, 200);
  await assert.rejects(callerOf(t, cell, null).ask(bearer("sk-acme")), {
    code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  });
});

test("no session is resumed where certificates are asked for: what was found once may not hold any more", async (t) => {
  const cell = await startCell(t);
  const { certificate: cert, key } = workload("/a");
  const open = async (session?: Buffer): Promise<{ session: Buffer | null; isReused: boolean }> => {
    const socket = openSecure(t, cell, { cert, key, maxVersion: "TLSv1.2", ...(session && { session }) });
    await once(socket, "secureConnect");
    return { session: socket.getSession() ?? null, isReused: socket.isSessionReused() };
  };
  const { session } = await open();
  assert.ok(session);
  assert.equal((await open(session)).isReused, false);
});

test("TLS 1.1, and a caller that does not speak TLS, get no answer", async (t) => {
  const cell = await startCell(t);
  const { hostname: host, port } = new URL(cell.gateway.url);
  const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const old = openSecure(t, cell, versions);
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => old.once("error", resolve));
  assert.match(error.code ?? "", /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
  const plain = connectPlain({ host, port: Number(port) });
  plain.on("error", () => undefined).write("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
  let heard = "";
  plain.on("data", (bytes) => (heard += bytes.toString("latin1")));
  await new Promise((resolve) => plain.once("close", resolve));
  assert.doesNotMatch(heard, /HTTP/);
});

test("whoever never shakes hands gives way to others, and is hung up on in the end", async (t) => {
  const cell = await startCell(t, { capacity: { connections: 4 }, limits: { headersTimeoutMs: 1_500 } });
  const { hostname: host, port } = new URL(cell.gateway.url);
  let closedCount = 0;
  for (let count = 0; count < 10; count++) {
    const silent = connectPlain({ host, port: Number(port) });
    t.after(() => silent.destroy());
    silent.on("error", () => undefined).on("close", () => closedCount++);
  }
  await eventually(() => Promise.resolve(closedCount === 6));
  const answer = await callerOf(t, cell, workload("/a")).ask();
  assert.equal(answer.status, 200, answer.message);
  assert.ok(closedCount >= 7, "one of the silent has made room");
  await eventually(() => Promise.resolve(closedCount === 10));
});
