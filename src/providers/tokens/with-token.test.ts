// What becomes of a call whose token is not there yet, or not any more: through an engine that needs one.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { jwtVerify } from "jose";
import { failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import {
  formOf,
  serviceAccountFile,
  serviceAccountPublicKey,
  startTokenEndpoint,
  type TokenAnswer,
} from "../../../test/support/token-endpoint.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { elapsedMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { type EngineConnection, UpstreamError } from "../provider.ts";
import { vertex } from "../vertex/engine.ts";

interface Played {
  readonly connection: AskedConnection;
  readonly raw: EngineConnection;
  /** Of the tokens that the API was shown, in their order. */
  readonly shown: () => readonly string[];
  readonly tokenRequests: readonly string[];
}

interface Play {
  readonly tokens?: (turn: number) => TokenAnswer | null | Promise<TokenAnswer | null>;
  readonly apiKey?: string | null;
}

async function play(
  t: TestContext,
  { tokens = (turn) => ({ token: `token-${turn}` }), apiKey = serviceAccountFile() }: Play,
): Promise<Played> {
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}`);
  });
  const google = await startTokenEndpoint(t, tokens);
  const address = {
    ...engineAddress(`${upstream.url}/v1/projects/acme`),
    engine: "vertex",
    region: "europe-west3",
    apiKey,
    tokenUrl: google.url,
  };
  const raw = vertex.open(address, 4);
  t.after(() => raw.close());
  return {
    raw,
    connection: asking(raw),
    shown: () =>
      upstream.requests.map((request) => /authorization: Bearer (\S+)/.exec(request)?.[1] ?? "none"),
    tokenRequests: google.requests,
  };
}

const call = upstreamCall({ operation: "generate_content", body: [Buffer.from("{}")] });

test("the first calls wait for the first token, and go out with it", async (t) => {
  const { connection, shown, tokenRequests } = await play(t, {
    tokens: () => delay(20, { token: "token-0" }),
  });
  const answers = await Promise.all([1, 2, 3].map(() => connection.call(call)));
  for (const answer of answers) assert.equal(await textOf(answer.body), "{}");
  assert.deepEqual(shown(), ["token-0", "token-0", "token-0"]);
  assert.equal(tokenRequests.length, 1);
});

test("a service account is known by what its key has signed, for Google and for an hour", async (t) => {
  const { connection, tokenRequests } = await play(t, {});
  await connection.call(call);
  const form = formOf(tokenRequests[0]);
  assert.equal(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const { payload, protectedHeader } = await jwtVerify(form.get("assertion") ?? "", serviceAccountPublicKey, {
    audience: "https://oauth2.googleapis.com/token",
    issuer: "gateway@acme-ai.iam.gserviceaccount.com",
    maxTokenAge: "1m",
  });
  assert.deepEqual(protectedHeader, { alg: "RS256", typ: "JWT", kid: "4f1d0c9e7ab2" });
  assert.equal(payload["scope"], "https://www.googleapis.com/auth/cloud-platform");
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3_600);
});

test("without a key the machine's own identity is asked for", async (t) => {
  const { connection, shown, tokenRequests } = await play(t, { apiKey: null });
  await connection.call(call);
  assert.match(tokenRequests[0] ?? "", /^GET \/token HTTP\/1\.1\r\n[^]*metadata-flavor: Google\r\n/);
  assert.deepEqual(shown(), ["token-0"]);
});

for (const [status, fault] of [
  [400, "token_refused"],
  [503, "token_unreachable"],
] as const) {
  test(`where tokens end by ${status}, a call is unreachable, and not a byte of it was written`, async (t) => {
    const { connection, shown, tokenRequests } = await play(t, { tokens: () => ({ status, body: "{}" }) });
    for (const attempt of [1, 2]) {
      const asked = connection.call({ ...call, mayGo: () => assert.fail(`attempt ${attempt} may not go`) });
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof UpstreamError && !error.mayHaveArrived);
        assert.equal(error.cause, fault);
        return failsAs("unreachable")(error);
      });
    }
    assert.equal(await connection.probe(new AbortController().signal), false);
    assert.deepEqual([shown(), tokenRequests.length], [[], 1]);
  });
}

test("a call that is cancelled while it waits for a token is never sent, and nobody is told anything", async (t) => {
  const { raw, connection, shown, tokenRequests } = await play(t, { tokens: () => delay(30, {}) });
  const underWay = raw.call(call, { onHead: told, onBytes: told, onEnd: told, onFailure: told });
  underWay.pause();
  underWay.cancel();
  underWay.resume();
  // Another call waits for the same token, and is served: by then it has come.
  await connection.call(call);
  await raw.drain();
  assert.deepEqual([shown(), tokenRequests.length], [["ya29.token"], 1]);
});

test("a probe that waits for a token ends with its signal", async (t) => {
  const { raw, shown } = await play(t, { tokens: () => null });
  const given = new AbortController();
  const begun = monotonicNow();
  const probed = raw.probe(given.signal);
  setTimeout(() => given.abort(), 20);
  assert.equal(await probed, false);
  assert.ok(elapsedMs(begun, monotonicNow()) < 1_000);
  assert.deepEqual(shown(), []);
});

test("draining waits for a call that waits for its token", async (t) => {
  const { connection, shown } = await play(t, { tokens: () => delay(30, { token: "token-0" }) });
  const answer = connection.call(call);
  const drained = connection.drain();
  assert.equal(await textOf((await answer).body), "{}");
  await drained;
  assert.deepEqual(shown(), ["token-0"]);
});

function told(): never {
  assert.fail("told");
}
