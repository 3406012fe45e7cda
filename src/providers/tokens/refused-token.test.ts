// What becomes of calls whose token is refused, or ends while they wait for a connection: one connection, which the test plays.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { asking } from "../../../test/support/asking.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import type { MonotonicMs } from "../../base/index.ts";
import { openHttpConnection } from "../http/connection.ts";
import { type EngineConnection, NotPermittedError, UpstreamError } from "../provider.ts";
import { TokenError } from "./access-token.ts";
import { TokenSource } from "./token-source.ts";
import { signedBy, withToken } from "./with-token.ts";

interface Played {
  readonly connection: EngineConnection;
  /** Of the tokens that the API was shown, in their order. */
  readonly shown: () => readonly (string | undefined)[];
  readonly tokenCount: () => number;
  /** Of the source's clock, which nothing else moves. */
  readonly pass: (ms: number) => void;
}

interface Play {
  /** To the request of that number, once the promise is there. */
  readonly status?: (turn: number) => number | Promise<number>;
  /** How many tokens there are. */
  readonly tokenCount?: number;
}

async function play(t: TestContext, { status = () => 200, tokenCount = Infinity }: Play): Promise<Played> {
  const turns = { answer: 0, token: 0 };
  const upstream = await startRawUpstream(t, (socket) => {
    void Promise.resolve(status(turns.answer++)).then((given) =>
      socket.write(`HTTP/1.1 ${given} X\r\ncontent-length: 2\r\n\r\n{}`),
    );
  });
  let nowMs = 1_000_000;
  const ask = async (): Promise<{ value: string; lifeMs: number }> => {
    if (turns.token >= tokenCount) throw new TokenError("token_refused");
    return { value: `token-${turns.token++}`, lifeMs: 3_600_000 };
  };
  const source = new TokenSource(ask, { now: () => nowMs as MonotonicMs });
  const serves = { chat_completions: { path: "/chat" } };
  // Beside the one for calls there is one for probes.
  const options = { maxConnections: 2, sign: signedBy(source) };
  const connection = withToken(source, openHttpConnection(engineAddress(upstream.url), serves, options));
  t.after(() => connection.close());
  await source.whenGood();
  return {
    connection,
    shown: () => upstream.requests.map((request) => /authorization: Bearer (\S+)/.exec(request)?.[1]),
    tokenCount: () => turns.token,
    pass: (ms) => void (nowMs += ms),
  };
}

const oldMs = 10_000;

async function statuses(connection: EngineConnection, count: number): Promise<readonly number[]> {
  const asked = asking(connection);
  const answers = await Promise.all(Array.from({ length: count }, () => asked.call(upstreamCall())));
  return answers.map(({ status }) => status);
}

test("a token that is answered by 401 is shown no more, also by calls that waited for a connection", async (t) => {
  const { connection, shown, tokenCount, pass } = await play(t, {
    status: (turn) => (turn === 0 ? 401 : 200),
  });
  pass(oldMs);
  assert.deepEqual(await statuses(connection, 4), [401, 200, 200, 200]);
  assert.deepEqual(shown(), ["token-0", "token-1", "token-1", "token-1"]);
  assert.equal(tokenCount(), 2);
});

test("another answer than 401 says nothing against a token", async (t) => {
  const { connection, shown, pass } = await play(t, { status: (turn) => [403, 400, 500][turn] ?? 200 });
  pass(oldMs);
  assert.deepEqual(await statuses(connection, 4), [403, 400, 500, 200]);
  assert.deepEqual(new Set(shown()), new Set(["token-0"]));
});

test("a token that ends while a call waits for a connection is not shown", async (t) => {
  const first = Promise.withResolvers<number>();
  const { connection, shown, pass } = await play(t, {
    status: (turn) => (turn === 0 ? first.promise : 200),
  });
  const answers = statuses(connection, 2);
  while (shown().length === 0) await new Promise(setImmediate);
  pass(3_600_000);
  first.resolve(200);
  assert.deepEqual(await answers, [200, 200]);
  assert.deepEqual(shown(), ["token-0", "token-1"]);
});

test("where there is no other token, calls that waited are unreachable, and not a byte of them was written", async (t) => {
  const { connection, shown, pass } = await play(t, { status: () => 401, tokenCount: 1 });
  const asked = asking(connection);
  pass(oldMs);
  const [refused, ...waiting] = await Promise.allSettled([1, 2, 3].map(() => asked.call(upstreamCall())));
  assert.equal(refused?.status === "fulfilled" && refused.value.status, 401);
  for (const ended of waiting) {
    const error: unknown = ended.status === "rejected" && ended.reason;
    assert.ok(error instanceof UpstreamError && !error.mayHaveArrived);
    assert.deepEqual([error.failure, error.cause], ["unreachable", "token_refused"]);
  }
  assert.deepEqual(shown(), ["token-0"]);
});

test("a call that the law takes back while it waits does not wait for a token", async (t) => {
  const { connection, shown, tokenCount, pass } = await play(t, { status: () => 401 });
  const asked = asking(connection);
  pass(oldMs);
  const [refused, forbidden] = await Promise.allSettled([
    asked.call(upstreamCall()),
    asked.call(upstreamCall({ mayGo: () => false })),
  ]);
  assert.equal(refused.status, "fulfilled");
  assert.ok(forbidden.status === "rejected" && forbidden.reason instanceof NotPermittedError);
  assert.deepEqual([shown(), tokenCount()], [["token-0"], 1]);
});

test("draining waits for calls whose token was refused while they waited", async (t) => {
  const { connection, shown, pass } = await play(t, { status: (turn) => (turn === 0 ? 401 : 200) });
  pass(oldMs);
  const answers = statuses(connection, 3);
  const drained = connection.drain();
  assert.deepEqual(await answers, [401, 200, 200]);
  await drained;
  assert.deepEqual(shown(), ["token-0", "token-1", "token-1"]);
});

test("a call that waits for a token again and is cancelled is never sent", async (t) => {
  const { connection, shown, pass } = await play(t, { status: (turn) => (turn === 0 ? 401 : 200) });
  pass(oldMs);
  const first = statuses(connection, 1);
  const later = connection.call(
    upstreamCall({
      // It is asked in the turn that finds no token good.
      mayGo: () => {
        queueMicrotask(() => later.cancel());
        return true;
      },
    }),
    { onHead: told, onBytes: told, onEnd: told, onFailure: told },
  );
  assert.deepEqual(await first, [401]);
  await connection.drain();
  assert.deepEqual(shown(), ["token-0"]);
});

test("an API that always answers 401 has no token asked for more often than every ten seconds", async (t) => {
  const { connection, tokenCount, pass } = await play(t, { status: () => 401 });
  for (let round = 1; round <= 3; round++) {
    for (let call = 0; call < 5; call++) assert.deepEqual(await statuses(connection, 1), [401]);
    assert.equal(tokenCount(), round);
    pass(oldMs);
  }
});

test("whoever is refused takes the token from nobody", async (t) => {
  const { connection, shown } = await play(t, { status: (turn) => (turn % 2 === 0 ? 401 : 200) });
  for (const status of [401, 200, 401, 200]) assert.deepEqual(await statuses(connection, 1), [status]);
  assert.deepEqual(new Set(shown()), new Set(["token-0"]));
});

function told(): never {
  assert.fail("told");
}
