// Bytes that are HTTP/1.1, nearly, or no more: from its grammar, with a fault at any of its points. The same for the same
// random numbers.
import type { Random } from "../random.ts";

/** What a connection brings, cut where the network may cut it. */
export interface FuzzedStream {
  readonly pieces: readonly Buffer[];
}

/** How often a point of the grammar gets something else than it should. Most streams are nearly right: the others end early. */
const faultRates = [0, 0.003, 0.01, 0.03, 0.1] as const;

export function fuzzedStream(random: Random): FuzzedStream {
  const writer = new Writer(random, random.pick(faultRates));
  const messages = Array.from({ length: 1 + random.below(4) }, () => writer.message());
  const bytes = Buffer.from(messages.join(""), "latin1");
  return { pieces: cut(random, random.chance(0.3) ? mutated(random, bytes) : bytes) };
}

class Writer {
  readonly #random: Random;
  readonly #faultRate: number;

  constructor(random: Random, faultRate: number) {
    this.#random = random;
    this.#faultRate = faultRate;
  }

  message(): string {
    const { lines, body } = this.#random.pick([
      () => this.#unframed(),
      () => this.#sized(),
      () => this.#chunked(),
      () => (this.#random.chance(0.1) ? this.#twiceFramed() : this.#chunked()),
    ])();
    const fields = shuffled(this.#random, [...this.#fields(), ...lines]);
    return this.#startLine() + fields.map((line) => line + this.#eol()).join("") + this.#eol() + body;
  }

  #startLine(): string {
    const before = this.#or("", ["\r\n", "\r\n\r\n", "\n", " ", "\r", "\0"]);
    return `${before}${this.#method()}${this.#space()}${this.#target()}${this.#space()}${this.#version()}${this.#eol()}`;
  }

  #method(): string {
    return this.#or(this.#random.pick(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"]), [
      "CONNECT",
      "get",
      "G ET",
      "POSTX",
      "M-SEARCH",
      "SOURCE",
      "PATCH",
      "",
      "QUERY",
      "DESCRIBE",
    ]);
  }

  #target(): string {
    return this.#or(this.#random.pick(["/", "/v1/chat/completions?a=b", "*", "http://cell/v1/models"]), [
      "",
      "/ a",
      "/\t",
      "/\x7f",
      "/\xe9",
      "/\0",
      "//",
      "/#x",
      "cell:443",
      "ftp://a/",
      "/%zz",
      "http:/a",
      "a",
      `/${"a".repeat(this.#random.below(500))}`,
    ]);
  }

  #version(): string {
    return this.#or(this.#random.chance(0.1) ? "HTTP/1.0" : "HTTP/1.1", [
      "HTTP/1.2",
      "HTTP/2.0",
      "HTTP/0.9",
      "HTTP/1.",
      "http/1.1",
      "HTTP/1.1 ",
      "HTTP/11",
      "ICE/1.0",
      "HTTP/1.10",
      "",
    ]);
  }

  #fields(): readonly string[] {
    const count = this.#random.below(5);
    return ["Host: cell", ...Array.from({ length: count }, () => this.#field())];
  }

  #field(): string {
    const [name, value] = this.#random.pick([
      ["Connection", "keep-alive"],
      ["Connection", "close"],
      ["connection", "x, close"],
      // Not together with `Connection: upgrade`: of what comes after such a message Node loses a part. What we make of it is
      // held by the tests of src/http1 and of src/gateway/listen.
      ["Upgrade", "websocket"],
      ["Expect", "100-continue"],
      ["X-A", "a\tb  c"],
      ["x-a", ""],
      ["Cookie", "a=b"],
      ["__proto__", "x"],
      ["X-B", "\xe9\x80\xff"],
      ["Authorization", "Bearer x"],
      ["X-Long", "a".repeat(this.#random.below(250))],
    ]);
    return this.#line(name, value);
  }

  #line(name: string, value: string): string {
    const whole = this.#or(name, [
      `${name} `,
      ` ${name}`,
      `${name}\t`,
      "",
      `${name}\0`,
      `${name}\x80`,
      "a@b",
      `"${name}"`,
    ]);
    const colon = this.#or(": ", [":", ":\t ", " :", "", "::", ":\r\n ", ":\n ", ":\r "]);
    const end = this.#or("", [
      " ",
      "\t ",
      "\0",
      "\r",
      "\r\n folded",
      "\n folded",
      "\x01",
      "\x7f",
      "\x0b",
      "\r\n\tfolded",
    ]);
    return `${whole}${colon}${value}${end}`;
  }

  #unframed(): Framed {
    return { lines: [], body: "" };
  }

  #sized(): Framed {
    const body = this.#data();
    const length = this.#or(`${body.length}`, this.#lengths(body.length));
    return { lines: [this.#line("Content-Length", length)], body };
  }

  #lengths(length: number): readonly string[] {
    return [
      `+${length}`,
      `-${length}`,
      `0x${length}`,
      `${length},${length}`,
      ` ${length} `,
      `${length}.0`,
      "",
      "a",
      `0${length}`,
      `${length + 1}`,
      `${Math.max(0, length - 1)}`,
      "18446744073709551616",
      "9".repeat(30),
      `${length} 0`,
    ];
  }

  #twiceFramed(): Framed {
    const [sized, chunked] = [this.#sized(), this.#chunked()];
    return this.#random.pick([
      { lines: [...sized.lines, ...chunked.lines], body: chunked.body },
      { lines: [...sized.lines, ...sized.lines], body: sized.body },
      { lines: [...chunked.lines, ...chunked.lines], body: chunked.body },
      { lines: [...sized.lines, this.#line("Transfer-Encoding", "")], body: sized.body },
    ]);
  }

  #chunked(): Framed {
    const coding = this.#or("chunked", [
      "Chunked",
      "chunked ",
      "gzip, chunked",
      "chunked, gzip",
      "chunked,chunked",
      "xchunked",
      "identity",
      "\x0bchunked",
      "chunked;q=1",
      ",chunked",
      "chunked,",
      "",
      '"chunked"',
    ]);
    const chunks = Array.from({ length: this.#random.below(4) }, () => this.#chunk(this.#data() || "x"));
    const trailers = this.#random.chance(0.2) ? this.#trailer() + this.#eol() : "";
    return {
      lines: [this.#line("Transfer-Encoding", coding)],
      body: `${chunks.join("")}${this.#size(0)}${this.#eol()}${trailers}${this.#eol()}`,
    };
  }

  /** A wish to close has no meaning there (RFC 9110 §6.5.1); well spelt it is heeded. */
  #trailer(): string {
    return this.#random.chance(0.2) ? "Connection: close" : this.#line("X-T", "a");
  }

  #chunk(data: string): string {
    return `${this.#size(data.length)}${this.#eol()}${data}${this.#eol()}`;
  }

  #size(length: number): string {
    const hex = length.toString(16);
    const size = this.#or(this.#random.chance(0.2) ? hex.toUpperCase() : hex, [
      `0x${hex}`,
      `+${hex}`,
      `-${hex}`,
      ` ${hex}`,
      `${hex} `,
      `${hex}\t`,
      "",
      "g",
      `0${hex}`,
      `${hex}\0`,
      "ffffffffffffffff",
      "1".repeat(17),
      (length + 1).toString(16),
      `${hex}_`,
      `${hex}\r`,
    ]);
    const extension = this.#random.chance(0.2)
      ? this.#or(";a=b", [
          ";",
          ";a",
          ';a="b',
          ';a="\\""',
          ";a=\r\n b",
          ";a=b\0",
          "; a = b",
          ";a=b;c",
          ";a=\n",
          ';"a"=b',
        ])
      : "";
    return size + extension;
  }

  #data(): string {
    return this.#random.pick([
      "",
      "x",
      "hello",
      "GET / HTTP/1.1\r\nHost: hidden\r\n\r\n",
      "0\r\n\r\n",
      "\r\n",
      "\0\xff".repeat(40),
    ]);
  }

  #space(): string {
    return this.#or(" ", ["  ", "\t", "", "\r", " \t"]);
  }

  #eol(): string {
    return this.#or("\r\n", ["\n", "\r", "\r\r\n", "\n\r", "", "\r\n ", " \r\n", "\r\n\r\n", "\n\n"]);
  }

  #or(good: string, faulty: readonly string[]): string {
    return this.#random.chance(this.#faultRate) ? this.#random.pick(faulty) : good;
  }
}

interface Framed {
  readonly lines: readonly string[];
  readonly body: string;
}

const hostileBytes = [0, 0x09, 0x0a, 0x0b, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x7f, 0x80, 0xff];

/** Without regard to any grammar. */
function mutated(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(8);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const byte = Buffer.from([random.chance(0.5) ? random.pick(hostileBytes) : random.below(256)]);
  return random.pick([
    () => Buffer.concat([before, byte, after]),
    () => Buffer.concat([before, byte, after.subarray(1)]),
    () => Buffer.concat([before, after.subarray(length)]),
    () => Buffer.concat([before, after.subarray(0, length), after]),
    () => before,
  ])();
}

function cut(random: Random, bytes: Buffer): readonly Buffer[] {
  const stepOf = random.pick([
    () => bytes.length,
    () => 1,
    () => 1 + random.below(8),
    () => 1 + random.below(200),
  ]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + Math.max(1, stepOf());
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

function shuffled(random: Random, lines: readonly string[]): readonly string[] {
  return lines
    .map((line) => ({ line, key: random.below(1 << 20) }))
    .toSorted((left, right) => left.key - right.key)
    .map(({ line }) => line);
}
