// An engine that has to show what it runs, against servers that really speak TLS.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../../test/contract/engine-contract.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import {
  type AttestingEngine,
  evidenceOf,
  type GiveEvidence,
  startAttestingEngine,
} from "../../../test/support/attesting-engine.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { reportDataFor, tinyAmd } from "../../../test/support/tiny-amd.ts";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { elapsedMs, later, type MonotonicMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { AttestedKeys, standsForMs } from "../attestation/attested-keys.ts";
import { openAiCompatible } from "../openai-compatible/engine.ts";
import { UpstreamError } from "../provider.ts";
import { attestationTimeoutMs } from "./attestation-call.ts";
import { dialTo } from "./dial.ts";
import { OpenCall } from "./open-call.ts";
import { originOf } from "./origin.ts";
import { RequestHeads } from "./request-heads.ts";
import { SocketPool } from "./socket-pool.ts";

const amd = tinyAmd();
const house = tinyAuthority("house");
const shown = house.issue("127.0.0.1");

test("an engine is asked what it runs before it gets a call, once for all connections with its key", async (t) => {
  const engine = await startAttestingEngine(t, shown, evidenceOf(amd, shown));
  const connection = connect(t, engine);
  const answers = await Promise.all(Array.from({ length: 5 }, () => connection.call(upstreamCall())));
  for (const { body } of answers) assert.match(await textOf(body), /Guten Tag/);
  assert.equal(engine.prompts.length, 5);
  assert.equal(engine.connections() > 1, true);
  assert.equal(engine.nonces.length, 1);
  assert.match(engine.nonces[0] ?? "", /^[0-9a-f]{64}$/);
  assert.equal(await connection.probe(new AbortController().signal), true);
  assert.equal(engine.nonces.length, 1);
});

test("the question shows no key and no header of the endpoint's, and the call after it does", async (t) => {
  const engine = await startAttestingEngine(t, shown, evidenceOf(amd, shown));
  const calling = { ca: house.certificate, headers: { "x-secret": "s-2" }, query: { v: "1" } };
  const address = { ...engineAddress(engine.url, calling), apiKey: "s-1", attestation: amd.terms };
  const connection = asking(openAiCompatible.open(address, 8));
  t.after(() => connection.close());
  await textOf((await connection.call(upstreamCall())).body);
  const [question, call] = engine.heads;
  assert.match(question?.url ?? "", /^\/v1\/attestation\/report\?nonce=[0-9a-f]{64}&v=1$/);
  assert.deepEqual(Object.keys(question?.headers ?? {}), ["host", "connection", "accept-encoding"]);
  assert.deepEqual([call?.headers.authorization, call?.headers["x-secret"]], ["Bearer s-1", "s-2"]);
});

test("each connection proves the key anew, while what was shown for it stands", async (t) => {
  const engine = await startAttestingEngine(t, shown, evidenceOf(amd, shown));
  const connection = connect(t, engine);
  for (let n = 0; n < 2; n++) {
    await textOf((await connection.call(upstreamCall())).body);
    engine.cut();
    await delay(50);
  }
  assert.deepEqual([engine.connections(), engine.resumed(), engine.nonces.length], [2, 0, 1]);
});

test("a new certificate is asked anew, by another nonce", async (t) => {
  let current = shown;
  const engine = await startAttestingEngine(t, shown, (nonce, response) =>
    evidenceOf(amd, current)(nonce, response),
  );
  const connection = connect(t, engine);
  await textOf((await connection.call(upstreamCall())).body);
  current = house.issue("127.0.0.1");
  engine.renew(current);
  engine.cut();
  await textOf((await connection.call(upstreamCall())).body);
  assert.equal(new Set(engine.nonces).size, 2);
  assert.equal(engine.prompts.length, 2);
});

test("whoever ends the connection behind the evidence is asked over the next one, and shows it once", async (t) => {
  const engine = await startAttestingEngine(t, shown, (nonce, response) => {
    response.setHeader("connection", "close");
    evidenceOf(amd, shown)(nonce, response);
  });
  const connection = connect(t, engine);
  assert.match(await textOf((await connection.call(upstreamCall())).body), /Guten Tag/);
  assert.equal(engine.nonces.length, 1);
});

test("two endpoints at one address that expect another machine are asked apart", async (t) => {
  const engine = await startAttestingEngine(t, shown, evidenceOf(amd, shown));
  await textOf((await connect(t, engine).call(upstreamCall())).body);
  const other = { ...amd.terms, measurements: ["00".repeat(48)] };
  await assert.rejects(connect(t, engine, other).call(upstreamCall()), failsBy("attestation_measurement"));
  assert.equal(engine.prompts.length, 1);
});

const relayed = tinyAuthority("another machine").issue("127.0.0.1");

const refusals: readonly { readonly title: string; readonly give: GiveEvidence; readonly cause: string }[] = [
  { title: "the evidence of another machine", give: evidenceOf(amd, relayed), cause: "relayed" },
  {
    title: "evidence that it gave before",
    give: (_nonce, response) =>
      response.end(amd.document({ reportData: reportDataFor(shown.certificate, randomBytes(32)) })),
    cause: "stale",
  },
  { title: "evidence of another authority's chip", give: evidenceOf(tinyAmd(), shown), cause: "chain" },
  {
    title: "evidence of a machine that may be debugged",
    give: (nonce, response) =>
      response.end(amd.document({ debugging: true, reportData: reportDataFor(shown.certificate, nonce) })),
    cause: "guest",
  },
  { title: "something else", give: (_nonce, response) => response.end("{}"), cause: "unreadable" },
  { title: "nothing", give: (_nonce, response) => response.end(), cause: "unreadable" },
  { title: "an error", give: (_nonce, response) => response.writeHead(503).end("{}"), cause: "unheard" },
  {
    title: "a way to somebody else",
    give: (_nonce, response) => response.writeHead(302, { location: "https://other.example/" }).end(),
    cause: "unheard",
  },
  {
    title: "more than any evidence is",
    give: (_nonce, response) => response.end(Buffer.alloc(65 * 1024, " ")),
    cause: "unheard",
  },
  { title: "the end of the connection", give: (_nonce, response) => response.destroy(), cause: "unheard" },
  {
    title: "half of it",
    give: (_nonce, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setTimeout(() => response.destroy(), 20);
    },
    cause: "unheard",
  },
];

for (const { title, give, cause } of refusals) {
  test(`an engine that shows ${title} gets not a byte of a call, nor an answer to a probe`, async (t) => {
    const engine = await startAttestingEngine(t, shown, give);
    const connection = connect(t, engine);
    await assert.rejects(connection.call(upstreamCall()), failsBy(`attestation_${cause}`));
    await assert.rejects(connection.call(upstreamCall()), failsBy(`attestation_${cause}`));
    assert.equal(await connection.probe(new AbortController().signal), false);
    assert.deepEqual(engine.prompts, []);
    // One that was refused is no better at once, and is left in peace for a while.
    assert.equal(engine.nonces.length, 1);
  });
}

const trickle: GiveEvidence = (_nonce, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(" "), 500);
  response.on("close", () => clearInterval(timer));
};

test("an engine that is asked for evidence and says nothing, or a byte now and then, has failed after ten seconds", async (t) => {
  const fail = async (give: GiveEvidence): Promise<void> => {
    const engine = await startAttestingEngine(t, shown, give);
    const begun = monotonicNow();
    await assert.rejects(connect(t, engine).call(upstreamCall()), failsBy("attestation_unheard"));
    const tookMs = elapsedMs(begun, monotonicNow());
    assert.ok(tookMs > attestationTimeoutMs - 100 && tookMs < attestationTimeoutMs + 5_000, `${tookMs} ms`);
    assert.deepEqual(engine.prompts, []);
  };
  await Promise.all([fail(() => undefined), fail(trickle)]);
});

test("a connection is used no longer than what was shown over it stands", async (t) => {
  const engine = await startAttestingEngine(t, shown, evidenceOf(amd, shown));
  const address = { ...engineAddress(engine.url, { ca: house.certificate }), attestation: amd.terms };
  const url = new URL(engine.url);
  // By a clock that is behind that of the connections, and then is not: so the ten minutes are over in a moment.
  let behindMs = standsForMs - 500;
  const keys = new AttestedKeys(amd.terms, () => later(monotonicNow(), -behindMs));
  const heads = new RequestHeads(address, url);
  const gate = { keys, head: (path: string) => heads.bare(path) };
  const pool = new SocketPool({
    dial: dialTo(originOf(address, url)),
    maxSockets: 4,
    terms: { gate, identity: null },
  });
  t.after(() => pool.close());
  const ask = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const message = {
      head: heads.get("/health"),
      body: [],
      departure: null,
      headersTimeoutMs: 5_000,
      idleTimeoutMs: 5_000,
    };
    const receiver = { onHead: () => undefined, onBytes: () => undefined, onEnd: resolve, onFailure: reject };
    pool.add(new OpenCall(message, receiver));
    await promise;
  };
  await ask();
  await ask();
  assert.deepEqual([engine.connections(), engine.nonces.length], [1, 1]);
  await delay(600);
  behindMs = 0;
  await ask();
  assert.deepEqual([engine.connections(), engine.nonces.length], [2, 2]);
});

test("what was shown stands for ten minutes, and what was refused for five seconds", async () => {
  let now = 0 as MonotonicMs;
  const keys = new AttestedKeys(amd.terms, () => now);
  const publicKeyHash = reportDataFor(shown.certificate, Buffer.alloc(0));
  const nonces: string[] = [];
  const admit = async (isInOrder: boolean): Promise<string | null> => {
    const judged = await keys.admit(publicKeyHash, async (path) => {
      const nonce = path.replace("/v1/attestation/report?nonce=", "");
      nonces.push(nonce);
      const reportData = reportDataFor(shown.certificate, Buffer.from(nonce, "hex"));
      return isInOrder ? amd.document({ reportData }) : null;
    });
    return judged.ok ? null : judged.error;
  };
  const at = (afterMs: number): void => void (now = later(0 as MonotonicMs, afterMs));
  assert.equal(await admit(false), "unheard");
  at(4_999);
  assert.equal(await admit(true), "unheard");
  at(5_000);
  assert.equal(await admit(true), null);
  at(5_000 + standsForMs - 1);
  assert.equal(await admit(false), null);
  at(5_000 + standsForMs);
  assert.equal(await admit(false), "unheard");
  assert.equal(new Set(nonces).size, 3);
});

test("an exception while evidence is judged is a refusal, and the next question is asked", async () => {
  let now = 0 as MonotonicMs;
  const keys = new AttestedKeys(amd.terms, () => now);
  const judged = await keys.admit(new Uint8Array(32), () => Promise.reject(new TypeError("a defect")));
  assert.deepEqual(judged, { ok: false, error: "unreadable" });
  now = later(now, 5_000);
  assert.deepEqual(await keys.admit(new Uint8Array(32), async () => null), { ok: false, error: "unheard" });
});

test("an endpoint in the clear cannot be attested", () => {
  const address = { ...engineAddress("http://127.0.0.1:1"), attestation: amd.terms };
  assert.throws(() => openAiCompatible.open(address, 8), /only over TLS/);
});

test("no session is opened with an endpoint that has to be attested", () => {
  const address = { ...engineAddress("https://127.0.0.1:1"), attestation: amd.terms };
  assert.equal("connect" in openAiCompatible.open(address, 8), false);
});

function connect(t: TestContext, { url }: AttestingEngine, terms = amd.terms): AskedConnection {
  const address = { ...engineAddress(url, { ca: house.certificate }), attestation: terms };
  const connection = asking(openAiCompatible.open(address, 8));
  t.after(() => connection.close());
  return connection;
}

function failsBy(cause: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UpstreamError);
    assert.deepEqual([error.failure, error.mayHaveArrived, error.cause], ["unreachable", false, cause]);
    return true;
  };
}
