// Connections by the byte, with an answer of a line behind them instead of a cell.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { eventually } from "../../../test/support/demo.ts";
import { listenLimits } from "../../../test/support/listen-limits.ts";
import { openRaw, type RawClient } from "../../../test/support/raw-http.ts";
import type { CellLimits } from "../../config/index.ts";
import type { HttpChannel } from "./http-channel.ts";
import { closeDoor, hangUp, openDoor } from "./door.ts";
import { createListener, type Listener } from "./listener.ts";
import { neverStopped } from "../../../test/support/stoppable.ts";

interface Bare {
  readonly listener: Listener;
  readonly url: string;
  /** As many as were under way at once. */
  readonly most: () => number;
  readonly open: () => Promise<RawClient>;
}

const about = { isLast: false, idleTimeoutMs: 10_000 };

/** A listener whose requests `answer` deals with; by default each is told its target and its body. */
async function bare(
  t: TestContext,
  answer: (channel: HttpChannel) => Promise<unknown> = tell,
  some: Partial<CellLimits> = {},
): Promise<Bare> {
  let [underWay, most] = [0, 0];
  const listener = createListener({
    cell: "test",
    limits: { ...listenLimits, ...some },
    now: () => Date.parse("2026-11-30T12:00:00.900Z"),
    connections: { maxConnections: 100, onCount: () => undefined, onCrowded: () => undefined },
    tls: null,
    serve(channel) {
      most = Math.max(most, ++underWay);
      const over = (): void => void underWay--;
      answer(channel)
        .catch(() => channel.destroy())
        .then(over, over);
      return { stop: () => channel.destroy() };
    },
  });
  const url = await openDoor(listener, { host: "127.0.0.1", port: 0 });
  t.after(async () => {
    const closed = closeDoor(listener);
    listener.connections.closeAll();
    await closed;
  });
  return { listener, url, most: () => most, open: () => openRaw(t, url) };
}

async function tell(channel: HttpChannel): Promise<void> {
  const body = Buffer.from(await channel.body(listenLimits.maxBodyBytes, neverStopped)).toString();
  await channel.answer({ status: 200, headers: {}, body: `${channel.head.target} ${body}`, ...about });
}

function get(target: string, ...lines: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, "host: x", ...lines, "", ""].join("\r\n");
}

test("a whole answer says when, how long it is, and for how long the connection is kept", async (t) => {
  const { open } = await bare(t);
  const client = await open();
  client.send(get("/a"));
  assert.equal(
    await client.heard("/a "),
    "HTTP/1.1 200 OK\r\ndate: Mon, 30 Nov 2026 12:00:00 GMT\r\ncontent-length: 3\r\n" +
      "connection: keep-alive\r\nkeep-alive: timeout=75\r\n\r\n/a ",
  );
});

test("a thousand pipelined requests, and bodies cut anywhere, are answered one at a time and in their order", async (t) => {
  const { open, most } = await bare(t);
  const client = await open();
  const post =
    "POST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
  client.send(get("/a").repeat(999) + post);
  for (const byte of post) client.send(byte);
  client.send(get("/last", "connection: close"));
  const { text } = await client.ended();
  const answers = text.match(/^\/\S+ (hello)?/gm);
  assert.deepEqual(answers, [...Array<string>(999).fill("/a "), "/b hello", "/b hello", "/last "]);
  assert.equal(most(), 1);
});

test("a body in a hundred thousand chunks of one byte is read whole", async (t) => {
  const { open } = await bare(t);
  const client = await open();
  client.send("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
  client.send(`${"1\r\nx\r\n".repeat(100_000)}0\r\n\r\n`);
  assert.equal((await client.ended()).body, `/ ${"x".repeat(100_000)}`);
});

test("events of one turn leave as one chunk, together with the head", async (t) => {
  const { open } = await bare(t, async (channel) => {
    const sink = channel.events({ headers: {}, request: neverStopped, ...about });
    await sink.write("data: 1\n\n");
    await sink.write(Buffer.from("data: é\n\n"));
    await new Promise(setImmediate);
    await sink.end("data: [DONE]\n\n");
  });
  const client = await open();
  client.send(get("/"));
  const text = await client.heard("\r\n0\r\n\r\n");
  assert.match(text, /transfer-encoding: chunked\r\nconnection: keep-alive\r\n/);
  assert.equal(
    text.slice(text.indexOf("\r\n\r\n") + 4),
    "13\r\ndata: 1\n\ndata: é\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n",
  );
});

test("a caller of HTTP/1.0 gets events without chunks, to the end of the connection, and no interim answer", async (t) => {
  const { open } = await bare(t, async (channel) => {
    await channel.body(100, neverStopped);
    const sink = channel.events({ headers: {}, request: neverStopped, ...about });
    await sink.write("data: 1\n\n");
    await sink.end("data: [DONE]\n\n");
  });
  const client = await open();
  client.send(
    "POST / HTTP/1.0\r\nconnection: keep-alive\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n",
  );
  client.send("x");
  const { headers, body, text } = await client.ended();
  assert.deepEqual([headers["connection"], headers["transfer-encoding"]], ["close", undefined]);
  assert.equal(body, "data: 1\n\ndata: [DONE]\n\n");
  assert.doesNotMatch(text, / 100 /);
});

test("a caller of HTTP/1.0 that asks for it keeps its connection, and one that does not loses it", async (t) => {
  const { open } = await bare(t);
  const client = await open();
  client.send("GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  assert.match(await client.heard("/a "), /connection: keep-alive/);
  client.send("GET /b HTTP/1.0\r\n\r\n");
  assert.match((await client.ended()).text, /connection: close\r\n\r\n\/b $/);
});

test("CONNECT makes no tunnel, and a wish to speak another protocol is not granted", async (t) => {
  const { open } = await bare(t);
  const upgrading = await open();
  upgrading.send(get("/a", "connection: upgrade", "upgrade: websocket") + get("/b", "connection: close"));
  assert.match((await upgrading.ended()).text, /200 OK[^]*\/a HTTP\/1.1 200 OK[^]*\/b $/);
  const tunnelling = await open();
  tunnelling.send(`CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere\r\n\r\n${get("/hidden")}`);
  const { text } = await tunnelling.ended();
  assert.match(text, /connection: close\r\n\r\nelsewhere:443 $/);
});

test("a trailer that says close makes its request the last one", async (t) => {
  const { open } = await bare(t);
  const client = await open();
  const chunks = "1\r\nx\r\n0\r\nconnection: close\r\n\r\n";
  client.send(`POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${chunks}${get("/hidden")}`);
  assert.match((await client.ended()).text, /connection: close\r\n\r\n\/a x$/);
});

test("a header that would end its line is not sent, nor is anything else of its answer", async (t) => {
  for (const value of ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\0b", "漢"]) {
    const { open } = await bare(t, (channel) =>
      channel.answer({ status: 200, headers: { "x-a": value }, body: "", ...about }),
    );
    const client = await open();
    client.send(get("/"));
    await eventually(() => client.socket.readableEnded);
    assert.equal(client.socket.bytesRead, 0);
  }
});

test("heads that are too long, whole or cut, leave nothing behind for the connections after them", async (t) => {
  const { open } = await bare(t);
  for (let count = 0; count < 20; count++) {
    const client = await open();
    client.send(get("/a", `x-a: ${"a".repeat(3_000)}`));
    assert.equal((await client.ended()).status, 431);
  }
  const client = await open();
  client.send(get("/a", "connection: close"));
  assert.equal((await client.ended()).status, 200);
});

test("what is malformed after a good request is answered after it, and ends the connection", async (t) => {
  const { open } = await bare(t);
  const client = await open();
  client.send(`${get("/a")}GET / HTTP/1.1\nhost: x\n\n`);
  const { text } = await client.ended();
  assert.match(text, /\/a HTTP\/1.1 400 Bad Request\r\n[^]*caller_invalid_request/);
});

test("a caller that says nothing, or half a head, is told so in time, and one that ends with half a head at once", async (t) => {
  const { open } = await bare(t, tell, { headersTimeoutMs: 100 });
  for (const text of ["", "GET / HT"]) {
    const client = await open();
    client.send(text);
    assert.equal((await client.ended()).status, 408);
  }
  const patient = await bare(t);
  const client = await patient.open();
  client.socket.end("GET / HT");
  assert.equal((await client.ended()).status, 400);
});

test("a body that is left unread ends with the answer, however much of it comes", async (t) => {
  const { open } = await bare(t, (channel) =>
    channel.answer({ status: 200, headers: {}, body: "no", ...about }),
  );
  const client = await open();
  client.socket.on("error", () => undefined);
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n");
  client.socket.write(Buffer.alloc(20_000_000));
  const { headers, body } = await client.ended();
  assert.deepEqual([headers["connection"], body], ["close", "no"]);
  assert.ok(client.socket.writableLength > 0);
});

test("a listener that closes ends its idle connections at once, and those with a request after it", async (t) => {
  const finish = Promise.withResolvers<void>();
  const { listener, open } = await bare(t, async (channel) => {
    if (channel.head.target === "/slow") await finish.promise;
    await tell(channel);
  });
  const [idle, busy] = [await open(), await open()];
  idle.send(get("/a"));
  busy.send(get("/slow"));
  await idle.heard("/a ");
  const closed = closeDoor(listener);
  await idle.ended();
  finish.resolve();
  await busy.heard("/slow ");
  await hangUp(listener, closed);
  await busy.ended();
});
