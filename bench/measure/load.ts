// The load generator: closed loops over connections that stay open, each of which reads its answer to the end.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MessageReader } from "../programs/message-reader.ts";

export interface Sample {
  readonly latenciesMs: readonly number[];
  /** To the first byte of the answer's body. */
  readonly firstBytesMs: readonly number[];
  readonly elapsedMs: number;
}

export interface Load {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clients: number;
  /** No call is begun after that. */
  readonly seconds: number;
  /** Nor after so many. */
  readonly requests?: number;
}

/** Throws on any status but 200, and where a connection ends before its answer. */
export async function run({ clients, seconds, requests = Infinity, ...call }: Load): Promise<Sample> {
  const bytes = requestBytes(call);
  const callers = await Promise.all(Array.from({ length: clients }, () => Caller.open(call.port)));
  const [latenciesMs, firstBytesMs]: [number[], number[]] = [[], []];
  const startedMs = performance.now();
  let left = requests;
  const loop = async (caller: Caller): Promise<void> => {
    while (left-- > 0 && performance.now() - startedMs < seconds * 1000) {
      const sentMs = performance.now();
      const firstByteMs = await caller.call(bytes);
      latenciesMs.push(performance.now() - sentMs);
      firstBytesMs.push(firstByteMs - sentMs);
    }
  };
  try {
    await Promise.all(callers.map(loop));
    return { latenciesMs, firstBytesMs, elapsedMs: performance.now() - startedMs };
  } finally {
    for (const caller of callers) caller.close();
  }
}

export function requestBytes({ port, headers, body }: Pick<Load, "port" | "headers" | "body">): Buffer {
  const fields = Object.entries({ host: `127.0.0.1:${port}`, "content-type": "application/json", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\n${fields}content-length: ${length}\r\n\r\n${body}`,
  );
}

/** One connection, with one call at a time. */
export class Caller {
  readonly #socket: Socket;
  #head = "";
  #firstByteMs = 0;
  #settle: ((fault: Error | null) => void) | null = null;
  /** What the body brings, for whoever wants to look at it. */
  onBody: ((bytes: Buffer) => void) | null = null;

  static async open(port: number): Promise<Caller> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Caller(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new MessageReader({
      onHead: (head) => {
        this.#head = head;
        this.#firstByteMs = 0;
      },
      onBody: (bytes) => {
        if (this.#firstByteMs === 0) this.#firstByteMs = performance.now();
        this.onBody?.(bytes);
      },
      onEnd: () => this.#settle?.(this.#fault()),
    });
    socket.on("data", (bytes) => reader.push(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#settle?.(new Error(`a connection ended in the middle: ${this.#head}`)));
  }

  /** Returns when the first byte of the body came, on the clock of `performance`. */
  call(bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = (fault) => {
        this.#settle = null;
        if (fault) reject(fault);
        else resolve(this.#firstByteMs);
      };
      this.#socket.write(bytes);
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #fault(): Error | null {
    return this.#head.startsWith("HTTP/1.1 200") ? null : new Error(`answered ${this.#head}`);
  }
}
