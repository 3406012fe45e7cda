// What happens on the socket: refusals before the body, shapes that no parser may pass on, callers that dawdle.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatBody, errorOf } from "../../test/support/ask.ts";
import { openRaw, type RawAnswer } from "../../test/support/raw-http.ts";
import { keyOf, startTestCell } from "../../test/support/test-cell.ts";

function head(tenant: string, ...lines: readonly string[]): string {
  return [
    "POST /v1/chat/completions HTTP/1.1",
    "host: cell",
    `authorization: Bearer ${keyOf(tenant)}`,
    "content-type: application/json",
    ...lines,
    "",
    "",
  ].join("\r\n");
}

test("a refusal is told on headers alone", async (t) => {
  const cell = await startTestCell(t);
  for (const { tenant, status, type } of [
    { tenant: "demo-dubai", status: 421, type: "policy_misdirected" },
    { tenant: "nomad", status: 451, type: "policy_no_lawful_endpoint" },
    { tenant: "nowhere", status: 403, type: "policy_jurisdiction_unknown" },
    { tenant: "nobody", status: 401, type: "caller_unauthenticated" },
  ]) {
    for (const expect of [[], ["expect: 100-continue"]]) {
      await t.test(`${status} ${type} ${expect.join()}`, async (t) => {
        const client = await openRaw(t, cell.gateway.url);
        client.send(head(tenant, "content-length: 100000", ...expect));
        const answer = await client.ended();
        assertRefused(answer, status, type);
        assert.doesNotMatch(answer.text, /100 Continue/);
      });
    }
  }
});

test("a body too large is refused on its announcement", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  client.send(head("demo-bank", "content-length: 99999999", "expect: 100-continue"));
  const answer = await client.ended();
  assert.deepEqual([answer.status, answer.headers["connection"]], [413, "close"]);
  assert.doesNotMatch(answer.text, /100 Continue/);
});

test("a misdirected caller that streams its body regardless gets its answer, and its body is not taken", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  client.socket.on("error", () => undefined);
  const size = 64 * 1024 * 1024;
  client.send(head("demo-dubai", `content-length: ${size}`));
  client.socket.write(Buffer.alloc(size));
  const answer = await client.ended();
  assert.equal(answer.status, 421);
  assert.ok(client.socket.writableLength > 0, "the kernel's buffers are full, and nobody empties them");
});

test("`100 Continue` comes when the headers are accepted, and then the answer", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  const body = chatBody();
  client.send(
    head("demo-bank", `content-length: ${body.length}`, "expect: 100-continue", "connection: close"),
  );
  assert.equal(await client.heard("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  assert.equal((await client.ended()).status, 200);
});

test("a chunked body is cut off as soon as it is too large", async (t) => {
  const cell = await startTestCell(t, { limits: { maxBodyBytes: 10_000 } });
  const client = await openRaw(t, cell.gateway.url);
  client.send(head("demo-bank", "transfer-encoding: chunked"));
  for (let chunk = 0; chunk < 3; chunk++) client.send(`1000\r\n${" ".repeat(4096)}\r\n`);
  const answer = await client.ended();
  assert.deepEqual([answer.status, answer.headers["connection"]], [413, "close"]);
});

const shapes: readonly { readonly title: string; readonly bytes: string }[] = [
  {
    title: "Content-Length beside Transfer-Encoding",
    bytes: head("demo-bank", "content-length: 5", "transfer-encoding: chunked"),
  },
  { title: "two different lengths", bytes: head("demo-bank", "content-length: 5", "content-length: 6") },
  { title: "the same length twice", bytes: head("demo-bank", "content-length: 5", "content-length: 5") },
  { title: "a length that is no number", bytes: head("demo-bank", "content-length: +5") },
  { title: "an unknown transfer coding", bytes: head("demo-bank", "transfer-encoding: identity, xchunked") },
  { title: "chunked that is not last", bytes: head("demo-bank", "transfer-encoding: chunked, gzip") },
  { title: "a space before the colon", bytes: head("demo-bank", "content-length : 5") },
  { title: "a folded header", bytes: head("demo-bank", "x-a: b", " c", "content-length: 5") },
  { title: "a bare line feed", bytes: head("demo-bank", "x-a: b\nx-c: d", "content-length: 0") },
  { title: "a NUL in a value", bytes: head("demo-bank", "x-a: \0") },
  { title: "a bad chunk size", bytes: `${head("demo-bank", "transfer-encoding: chunked")}zz\r\n` },
  {
    title: "a chunk longer than its size",
    bytes: `${head("demo-bank", "transfer-encoding: chunked")}1\r\nab\r\n`,
  },
  { title: "what is not HTTP", bytes: "EHLO cell\r\n\r\n" },
];

test("what could be read in two ways is refused in our words, and the connection ends", async (t) => {
  const cell = await startTestCell(t);
  for (const { title, bytes } of shapes) {
    await t.test(title, async (t) => {
      const client = await openRaw(t, cell.gateway.url);
      client.send(bytes);
      assertRefused(await client.ended(), 400, "caller_invalid_request");
    });
  }
  for (const endpoint of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(endpoint), 0);
});

test("a second request hidden behind a refused one is never served", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  const body = chatBody({ model: "solo" });
  const hidden = head("demo-bank", `content-length: ${body.length}`) + body;
  client.send(head("demo-bank", "content-length: 4", "transfer-encoding: chunked") + `0\r\n\r\n${hidden}`);
  assertRefused(await client.ended(), 400, "caller_invalid_request");
  assert.equal(await cell.requestsAt("fra-1"), 0);
});

test("a header that may stand once only is refused by name when it stands twice", async (t) => {
  const cell = await startTestCell(t);
  for (const { name, lines, type } of [
    { name: "authorization", lines: ["authorization: Bearer sk-demo-shop"], type: "caller_invalid_request" },
    { name: "content-type", lines: ["content-type: text/plain"], type: "caller_invalid_request" },
    { name: "host", lines: ["host: elsewhere"], type: "caller_invalid_request" },
    {
      name: "bailiwick-jurisdiction",
      lines: ["bailiwick-jurisdiction: DE", "Bailiwick-Jurisdiction: US"],
      type: "caller_invalid_signal",
    },
  ]) {
    await t.test(name, async (t) => {
      const client = await openRaw(t, cell.gateway.url);
      client.send(head("demo-bank", ...lines, "content-length: 5"));
      const answer = await client.ended();
      assertRefused(answer, 400, type);
      assert.equal(errorOf({ text: answer.body }).param, name);
    });
  }
});

test("a signal behind two thousand other headers still counts", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  const padding = Array.from({ length: 2_500 }, () => "a:b");
  client.send(head("demo-bank", ...padding, "bailiwick-jurisdiction: nowhere", "content-length: 5"));
  assertRefused(await client.ended(), 400, "caller_invalid_signal");
});

test("a header block above the limit is 431", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  client.send(head("demo-bank", `x-padding: ${"x".repeat(33 * 1024)}`, "content-length: 5"));
  assertRefused(await client.ended(), 431, "caller_headers_too_large");
});

test("a request without a host is refused", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  client.send("GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n");
  assert.equal((await client.ended()).status, 400);
});

test("headers that drip in too slowly are 408", async (t) => {
  const cell = await startTestCell(t, { limits: { headersTimeoutMs: 200 } });
  const client = await openRaw(t, cell.gateway.url);
  client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: cell\r\n");
  assertRefused(await client.ended(), 408, "caller_timeout");
});

test("a body that never comes is 408", async (t) => {
  const cell = await startTestCell(t, { limits: { headersTimeoutMs: 200, deadlineMs: 200 } });
  const client = await openRaw(t, cell.gateway.url);
  client.send(`${head("demo-bank", "content-length: 500")}{"model":`);
  const answer = await client.ended();
  assertRefused(answer, 408, "caller_timeout");
  assert.match(answer.headers["bailiwick-request-id"] ?? "", /^[0-9a-f]{32}$/);
});

test("pipelined requests are answered in their order", async (t) => {
  const cell = await startTestCell(t);
  const client = await openRaw(t, cell.gateway.url);
  const body = chatBody();
  client.send(head("demo-bank", `content-length: ${body.length}`) + body);
  client.send("GET /livez HTTP/1.1\r\nhost: cell\r\nconnection: close\r\n\r\n");
  const { text } = await client.ended();
  assert.ok(text.indexOf("chat.completion") < text.indexOf("ok\n"));
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
});

function assertRefused(answer: RawAnswer, status: number, type: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(errorOf({ text: answer.body }).type, type);
  assert.equal(answer.headers["connection"], "close");
  assert.equal(answer.headers["content-type"], "application/json");
}
