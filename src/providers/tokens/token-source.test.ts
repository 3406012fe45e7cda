import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import { startTokenEndpoint, type TokenAnswer } from "../../../test/support/token-endpoint.ts";
import { elapsedMs, type MonotonicMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { askForToken, TokenError } from "./access-token.ts";
import { TokenSource } from "./token-source.ts";

interface Played {
  readonly source: TokenSource;
  readonly requests: readonly string[];
  /** Of the source, which alone moves it. */
  readonly pass: (ms: number) => void;
}

/** A source whose endpoint answers what the test says, by a clock of the test's. */
async function play(
  t: TestContext,
  answer: (turn: number) => TokenAnswer | null | Promise<TokenAnswer | null>,
): Promise<Played> {
  const { url, requests } = await startTokenEndpoint(t, answer);
  let nowMs = 1_000_000;
  const source = new TokenSource((signal) => askForToken({ url, headers: {}, form: { a: "b" } }, signal), {
    now: () => nowMs as MonotonicMs,
    random: () => 0.5,
  });
  t.after(() => source.stop());
  return { source, requests, pass: (ms) => void (nowMs += ms) };
}

test("however many calls want a token at once, one is asked for, and each has it", async (t) => {
  const { source, requests } = await play(t, () => delay(20, {}));
  assert.equal(source.good, null);
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => source.whenGood())), Array(3).fill("ya29.token"));
  assert.equal(source.good, "ya29.token");
  assert.equal(requests.length, 1);
  assert.match(requests[0] ?? "", /^POST \/token HTTP\/1\.1\r\n[^]*\r\n\r\na=b$/);
});

test("a token is not good any more a little before its end, counted from when it was asked for", async (t) => {
  const played = await play(t, () => ({ expires_in: 3_600 }));
  await played.source.whenGood();
  played.pass(3_589_000);
  assert.equal(played.source.good, "ya29.token");
  played.pass(2_000);
  assert.equal(played.source.good, null);
});

test("a step of the wall clock changes nothing", async (t) => {
  const { source } = await play(t, () => ({}));
  await source.whenGood();
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 86_400_000 });
  assert.equal(source.good, "ya29.token");
});

test("it is renewed at four fifths of its life, while the one of before is used", async (t) => {
  const { source, requests } = await play(t, (turn) => ({
    token: `token-${turn}`,
    expires_in: turn === 0 ? 1 : 3_600,
  }));
  assert.equal(await source.whenGood(), "token-0");
  await delay(400);
  assert.equal(requests.length, 1);
  await until(() => source.good === "token-1");
  assert.equal(requests.length, 2);
});

test("a renewal that fails leaves the token of before, and is tried again", async (t) => {
  const { source, requests } = await play(t, (turn) => {
    if (turn === 0) return { token: "token-0", expires_in: 1 };
    return turn === 1 ? { status: 503 } : { token: "token-2" };
  });
  await source.whenGood();
  await until(() => requests.length === 2);
  assert.equal(source.good, "token-0");
  await until(() => source.good === "token-2");
});

for (const { title, answer, fault } of [
  {
    title: "that is refused",
    answer: { status: 400, body: '{"error":"invalid_grant"}' },
    fault: "token_refused",
  },
  { title: "of a client that is none", answer: { status: 401, body: "{}" }, fault: "token_refused" },
  { title: "of too many", answer: { status: 429, body: "{}" }, fault: "token_unreachable" },
  { title: "at a time of trouble", answer: { status: 503 }, fault: "token_unreachable" },
  { title: "that is redirected", answer: { status: 302 }, fault: "token_unreachable" },
  { title: "that is no JSON", answer: { body: "<html>" }, fault: "token_unreachable" },
  { title: "without a token", answer: { body: '{"expires_in":3599}' }, fault: "token_unreachable" },
  { title: "that would end a header", answer: { token: "a\r\nx: y" }, fault: "token_unreachable" },
  {
    title: "of another type",
    answer: { body: '{"access_token":"a","expires_in":9,"token_type":"mac"}' },
    fault: "token_unreachable",
  },
  { title: "without a life", answer: { expires_in: "soon" }, fault: "token_unreachable" },
  { title: "that has ended", answer: { expires_in: 0 }, fault: "token_unreachable" },
] as const) {
  test(`an answer ${title} is no token, and the next call is not asked for at once`, async (t) => {
    const { source, requests, pass } = await play(t, (turn) => (turn === 0 ? answer : {}));
    assert.equal(await source.whenGood(), null);
    assert.equal(source.fault, fault);
    assert.equal(await source.whenGood(), null);
    assert.equal(requests.length, 1);
    pass(1_000);
    assert.equal(await source.whenGood(), "ya29.token");
  });
}

test("the pause after failures grows, up to a minute", async (t) => {
  const { source, requests, pass } = await play(t, () => ({ status: 500 }));
  for (let failure = 0; failure < 9; failure++) {
    await source.whenGood();
    pass(60_000);
  }
  assert.equal(requests.length, 9);
  await source.whenGood();
  pass(44_000);
  await source.whenGood();
  assert.equal(requests.length, 10);
});

test("an endpoint that hangs, or trickles, is given up after five seconds", async (t) => {
  const trickling = await startRawUpstream(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    const timer = setInterval(() => socket.write(" "), 200);
    socket.once("close", () => clearInterval(timer));
  });
  const hanging = await startTokenEndpoint(t, () => null);
  const { signal } = new AbortController();
  const urls = [trickling.url, hanging.url];
  const begun = monotonicNow();
  const ends = await Promise.allSettled(
    urls.map((url) => askForToken({ url, headers: {}, form: null }, signal)),
  );
  const reason = new TokenError("token_unreachable");
  for (const end of ends) assert.deepEqual(end, { status: "rejected", reason });
  assert.ok(elapsedMs(begun, monotonicNow()) < 9_000);
});

test("a stop gives up what hangs at once", async (t) => {
  const { source, requests } = await play(t, () => null);
  const waiting = source.whenGood();
  await until(() => requests.length === 1);
  source.stop();
  assert.equal(await waiting, null);
});

test("whoever asks without an end is given up after five seconds, and at once when all is stopped", async (t) => {
  const hanging = new TokenSource(() => new Promise(() => undefined));
  const stopped = new TokenSource(() => new Promise(() => undefined));
  t.after(() => hanging.stop());
  const begun = monotonicNow();
  const waiting = stopped.whenGood();
  stopped.stop();
  assert.equal(await waiting, null);
  assert.ok(elapsedMs(begun, monotonicNow()) < 1_000);
  // The event loop of a test has nothing else to wait for.
  const awake = setInterval(() => undefined, 1_000);
  t.after(() => clearInterval(awake));
  assert.equal(await hanging.whenGood(), null);
  assert.equal(hanging.fault, "token_unreachable");
  assert.ok(elapsedMs(begun, monotonicNow()) < 9_000);
});

test("one that nobody is at is unreachable", async (t) => {
  const source = new TokenSource((signal) =>
    askForToken({ url: "http://127.0.0.1:1/token", headers: {}, form: null }, signal),
  );
  t.after(() => source.stop());
  assert.equal(await source.whenGood(), null);
  assert.equal(source.fault, "token_unreachable");
});

test("a token that was refused is dropped once, and the one that took its place is not", async (t) => {
  const { source, requests, pass } = await play(t, (turn) => ({ token: `token-${turn}` }));
  await source.whenGood();
  pass(10_000);
  source.drop("token-0");
  assert.equal(source.good, null);
  assert.equal(await source.whenGood(), "token-1");
  source.drop("token-0");
  assert.equal(source.good, "token-1");
  assert.equal(requests.length, 2);
});

test("a token that is refused when it is new is kept", async (t) => {
  const { source, pass } = await play(t, () => ({}));
  await source.whenGood();
  pass(9_999);
  source.drop("ya29.token");
  assert.equal(source.good, "ya29.token");
});

test("what fails says nothing of what came or was sent", async (t) => {
  const { url } = await startTokenEndpoint(t, () => ({ status: 400, body: '{"error":"hunter2"}' }));
  const asked = askForToken({ url, headers: {}, form: { secret: "hunter2" } }, new AbortController().signal);
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof TokenError);
    assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes("hunter2"));
    return true;
  });
});

test("the longest life is a day, whatever is said", async (t) => {
  const { url } = await startTokenEndpoint(t, () => ({ expires_in: 999_999_999 }));
  const { lifeMs } = await askForToken({ url, headers: {}, form: null }, new AbortController().signal);
  assert.equal(lifeMs, 86_400_000);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}
