// The yardstick of the runtime: the least that a proxy can do over node:net and still know where messages end and who may
// ask. `node pipe.ts PORT UPSTREAM_PORT KEY`. It has no law, no record, no limit, no retry, and gives up at the first fault.
import { connect, createServer, type Socket } from "node:net";
import { MessageReader } from "./message-reader.ts";

const [, , port = "0", upstreamPort = "0", key = ""] = process.argv;
const idle: Upstream[] = [];

createServer({ noDelay: true }, serve).listen(Number(port), "127.0.0.1", () =>
  process.stdout.write("ready\n"),
);

function serve(caller: Socket): void {
  let head = "";
  let body: Buffer[] = [];
  const reader = new MessageReader({
    onHead(text) {
      head = text;
      body = [];
    },
    onBody(bytes) {
      body.push(bytes);
    },
    onEnd() {
      if (!head.includes(`Bearer ${key}\r\n`)) caller.destroy();
      else (idle.pop() ?? new Upstream()).ask(caller, head, body);
    },
  });
  caller.on("data", (bytes) => reader.push(bytes));
  caller.on("error", () => caller.destroy());
}

/** One connection, with one request at a time. */
class Upstream {
  readonly #socket = connect({ port: Number(upstreamPort), host: "127.0.0.1", noDelay: true });
  #caller: Socket | null = null;
  #head = "";
  #isChunked = false;
  /** Of the answer: all of it where it is whole, what one read brought where it is a stream. */
  #pieces: Buffer[] = [];

  constructor() {
    const reader = new MessageReader({
      onHead: (head) => this.#begin(head),
      onBody: (bytes) => this.#pieces.push(bytes),
      onEnd: () => this.#end(),
    });
    this.#socket.on("data", (bytes) => {
      reader.push(bytes);
      if (this.#isChunked) this.#flush();
    });
    this.#socket.on("close", () => this.#caller?.destroy());
    this.#socket.on("error", () => this.#socket.destroy());
  }

  ask(caller: Socket, head: string, body: readonly Buffer[]): void {
    this.#caller = caller;
    const [, path = "/"] = head.split(" ", 2);
    const bytes = Buffer.concat(body);
    const text = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${upstreamPort}\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    this.#socket.write(Buffer.concat([Buffer.from(text, "latin1"), bytes]));
  }

  #begin(head: string): void {
    this.#head = `${head}\r\n`;
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (this.#isChunked) this.#caller?.write(this.#head, "latin1");
  }

  /** Several events of one read leave as one chunk. */
  #flush(): void {
    const size = this.#pieces.reduce((total, { length }) => total + length, 0);
    if (size === 0) return;
    const [before, after] = [Buffer.from(`${size.toString(16)}\r\n`), Buffer.from("\r\n")];
    this.#caller?.write(Buffer.concat([before, ...this.#pieces, after]));
    this.#pieces = [];
  }

  #end(): void {
    if (this.#isChunked) {
      this.#flush();
      this.#caller?.write("0\r\n\r\n", "latin1");
    } else {
      this.#caller?.write(Buffer.concat([Buffer.from(this.#head, "latin1"), ...this.#pieces]));
    }
    this.#pieces = [];
    this.#isChunked = false;
    this.#caller = null;
    idle.push(this);
  }
}
