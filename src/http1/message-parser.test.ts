// What one stream of bytes is read as, whole and byte by byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MalformedMessageError, type MessageHead, MessageParser } from "./index.ts";

interface Message {
  readonly head: MessageHead;
  readonly body: string;
}

const maxHeaderBytes = 200;

/** Each message of `text`, read `step` bytes at a time. */
function messagesOf(text: string, { kind = "request", step = text.length }: Reading = {}): Message[] {
  const parser = new MessageParser(kind, { maxHeaderBytes });
  const messages: Message[] = [];
  let body = "";
  const bytes = Buffer.from(text, "latin1");
  try {
    for (let at = 0; at < bytes.length;) {
      at += parser.read(bytes.subarray(at, at + step));
      body += parser.body.map((part) => Buffer.from(part).toString("latin1")).join("");
      if (!parser.isComplete) continue;
      assert.ok(parser.head);
      messages.push({ head: parser.head, body });
      body = "";
    }
    parser.finish();
    if (parser.isComplete && parser.head && messages.at(-1)?.head !== parser.head) {
      messages.push({ head: parser.head, body });
    }
    return messages;
  } finally {
    parser.free();
  }
}

interface Reading {
  readonly kind?: "request" | "response";
  readonly step?: number;
}

const post = "POST /a?b HTTP/1.1\r\nHost: x\r\nEmpty:\r\nX-A:  1 \r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n3;x="y"\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n`;
const sized = `${post}Content-Length: 5\r\n\r\nabcde`;
const upgrade = "GET /c HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
const old = "GET /d HTTP/1.0\r\n\r\n";

test("requests one after the other are read as such, wherever the bytes are cut", () => {
  const expected = messagesOf(sized + chunked + upgrade + old);
  assert.deepEqual(
    expected.map(({ head, body }) => [head.method, head.target, head.httpVersion, head.keepsAlive, body]),
    [
      ["POST", "/a?b", "1.1", true, "abcde"],
      ["POST", "/a?b", "1.1", true, "abcde"],
      ["GET", "/c", "1.1", true, ""],
      ["GET", "/d", "1.0", false, ""],
    ],
  );
  assert.equal(expected[0]?.head.rawHeaders.join("|"), "Host|x|Empty||X-A|1|Content-Length|5");
  for (const step of [1, 2, 3, 7, 50]) {
    assert.deepEqual(messagesOf(sized + chunked + upgrade + old, { step }), expected, `${step} at a time`);
  }
});

test("an interim answer is a message of its own, and one without a length ends with the connection", () => {
  const text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: \xe9\r\n\r\nuntil the end";
  for (const step of [1, 5, text.length]) {
    assert.deepEqual(
      messagesOf(text, { kind: "response", step }).map(({ head, body }) => [
        head.status,
        head.method,
        head.rawHeaders,
        body,
      ]),
      [
        [100, "", [], ""],
        [200, "", ["x", "\xe9"], "until the end"],
      ],
    );
  }
});

test("a trailer that closes the connection is heeded, for the parser takes no message after it", () => {
  const closing = chunked.replace("Trailer: 1", "Connection: close");
  for (const step of [1, closing.length]) {
    assert.deepEqual(
      messagesOf(closing, { step }).map(({ head }) => head.keepsAlive),
      [false],
    );
  }
});

test("a wish to close with a tab behind it is one, and stands above one to go on", () => {
  for (const value of ["close", "close\t", "x ,\tClose\t ", "keep-alive, close"]) {
    for (const version of ["1.0", "1.1"]) {
      const [message] = messagesOf(`GET / HTTP/${version}\r\nConnection: ${value}\r\n\r\n`);
      assert.equal(message?.head.keepsAlive, false, value);
    }
  }
  assert.equal(messagesOf("GET / HTTP/1.1\r\nConnection: closely\r\n\r\n")[0]?.head.keepsAlive, true);
});

const refused: readonly (readonly [title: string, text: string])[] = [
  ["a length beside chunks", `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["two lengths", `${post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
  ["a length with a sign", `${post}Content-Length: +3\r\n\r\nabc`],
  ["a folded line", `${post}X: a\r\n b\r\n\r\n`],
  ["a bare LF", "GET / HTTP/1.1\nHost: x\n\n"],
  ["a bare CR", "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n"],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n"],
  ["a NUL in a value", "GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n"],
  ["a chunk without its end", `${post}Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n`],
  ["a chunk's length in other letters", `${post}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`],
  ["chunks that are not the last coding", `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
  ["a coding of no name", `${post}Transfer-Encoding: \r\nContent-Length: 3\r\n\r\nabc`],
  ["a coding with a tab behind it", `${post}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`],
  ["a coding that nobody here undoes", `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ["chunks twice", `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["no version, and a bare LF", "GET /\nHost: x\r\n\r\n"],
  ["another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"],
  ["bytes after the last message", `${old}GET /e HTTP/1.1\r\n\r\n`],
  ["half a head", post],
  ["half a body", sized.slice(0, -1)],
  ["a head that is too long", `GET / HTTP/1.1\r\nx: ${"a".repeat(maxHeaderBytes)}\r\n\r\n`],
  ["a target that is too long", `GET /${"a".repeat(maxHeaderBytes)} HTTP/1.1\r\n\r\n`],
  [
    "trailers that are too long",
    `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nx: ${"a".repeat(maxHeaderBytes)}\r\n\r\n`,
  ],
  [
    "a chunk's extension that is too long",
    `${post}Transfer-Encoding: chunked\r\n\r\n1;x=${"a".repeat(7 * maxHeaderBytes)}\r\na\r\n0\r\n\r\n`,
  ],
];
for (const [title, text] of refused) {
  test(`${title} is refused, wherever the bytes are cut, and nothing of it is in the error`, () => {
    for (const step of [1, 3, text.length]) {
      assert.throws(
        () => messagesOf(text, { step }),
        (error) => error instanceof MalformedMessageError && /^no HTTP\/1\.1: [A-Z_]+$/.test(error.message),
        `${step} at a time`,
      );
    }
  });
}

test("an answer whose chunks others would see, and llhttp does not, is refused", () => {
  for (const coding of ["chunked\t", "gzip", "chunked, gzip", ""]) {
    const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n`;
    assert.throws(() => messagesOf(text, { kind: "response" }), MalformedMessageError, coding);
  }
});

test("ten thousand parsers at once have memory of their own, and give it back", () => {
  const parsers = Array.from({ length: 10_000 }, () => new MessageParser("request", { maxHeaderBytes }));
  const [first, second] = [Buffer.from(sized.slice(0, 30)), Buffer.from(sized.slice(30))];
  for (const parser of parsers) parser.read(first);
  for (const parser of parsers) parser.read(second);
  assert.ok(parsers.every(({ isComplete, head }) => isComplete && head?.target === "/a?b"));
  for (const parser of parsers) parser.free();
});
