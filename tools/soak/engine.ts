// A model server on a bare socket: it notes every byte that reaches it before it understands any, and falls ill on order.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  answer,
  busy,
  garbage,
  longText,
  type Shape,
  status,
  streamInPieces,
  usageOf,
} from "./engine-answers.ts";
import type { Arrival, Illness, Journal } from "./journal.ts";
import { type EngineName, type TenantName, tenants } from "./lawful-sets.ts";

export const ailments = ["dead", "hang", "busy", "error", "garbage", "cut", "slow", "late", "reset"] as const;
export type Ailment = (typeof ailments)[number] | "lie";

const slowPieceMs = 120;
/** Sometimes within what is left of a request's time, sometimes not. */
const latenessMs = [1_200, 4_500] as const;
const retryAfterMs = 800;

export class FakeEngine {
  readonly name: EngineName;
  readonly #journal: Journal;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #illness: Illness | null = null;
  #answers = 0;

  private constructor(name: EngineName, port: number, journal: Journal) {
    this.name = name;
    this.#port = port;
    this.#journal = journal;
  }

  static async start(name: EngineName, port: number, journal: Journal): Promise<FakeEngine> {
    const engine = new FakeEngine(name, port, journal);
    await engine.#listen();
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async fallIll(mode: Ailment): Promise<void> {
    await this.recover();
    this.#illness = { engine: this.name, mode, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#journal.illnesses.push(this.#illness);
    if (mode === "dead") await this.close();
  }

  async recover(): Promise<void> {
    if (this.#illness === null) return;
    if (this.#illness.mode === "dead") await this.#listen();
    this.#illness.toMs = performance.now();
    this.#illness = null;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server === null) return;
    server.close();
    await once(server, "close");
  }

  async #listen(): Promise<void> {
    const server = createServer((socket) => this.#take(socket));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
  }

  #take(socket: Socket): void {
    this.#journal.connections.push({ engine: this.name, atMs: performance.now() });
    this.#sockets.add(socket.on("close", () => this.#sockets.delete(socket)).on("error", () => undefined));
    let text = "";
    let arrival: Arrival | null = null;
    socket.on("data", (data) => {
      text += data.toString("latin1");
      arrival ??= this.#noteArrival(text);
      const body = wholeBody(text);
      if (body === null) return;
      if (arrival !== null) arrival.tenant = callerIn(body).tenant;
      const shape = text.startsWith("POST /v1/embeddings") ? "vector" : shapeAskedBy(body);
      this.#reply(socket, { isProbe: text.startsWith("GET"), shape, body });
      text = "";
      arrival = null;
    });
  }

  #noteArrival(text: string): Arrival | null {
    const rid = /^x-request-id: (\w+)\r/im.exec(text)?.[1];
    if (rid === undefined) return null;
    const arrival: Arrival = { engine: this.name, rid, atMs: performance.now(), tenant: null };
    this.#journal.arrivals.push(arrival);
    return arrival;
  }

  #reply(
    socket: Socket,
    { isProbe, shape, body }: { readonly isProbe: boolean; readonly shape: Shape; readonly body: string },
  ): void {
    const mode = this.#illness?.mode ?? "well";
    // A probe is answered by whoever is there at all.
    if (isProbe) return void (mode === "hang" || socket.write(status(mode === "error" ? 500 : 200)));
    const text = callerIn(body).wantsMuch ? longText : "yes";
    const usage = usageOf(++this.#answers);
    switch (mode as Ailment | "well") {
      case "well":
        return void socket.write(answer(shape, { text, usage }));
      case "slow":
        return void this.#replySlowly(
          socket,
          shape === "stream" ? streamInPieces(usage) : ["", answer(shape, { usage })],
        );
      case "late":
        return void setTimeout(
          () => socket.write(answer(shape, { usage })),
          latenessMs[this.#answers % latenessMs.length],
        );
      case "busy":
        return void socket.write(busy(retryAfterMs));
      case "error":
        return void socket.write(status(500));
      case "garbage":
        return void socket.end(garbage);
      case "cut":
        return void socket.end(answer(shape, { usage }).slice(0, -40));
      case "reset":
        return void socket.resetAndDestroy();
      case "lie":
        this.#journal.lies.push({ engine: this.name, atMs: performance.now() });
        return void socket.write(answer(shape, { usage, isLie: true }));
      case "hang":
      case "dead":
        return;
    }
  }

  async #replySlowly(socket: Socket, pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, slowPieceMs));
    }
  }
}

function wholeBody(text: string): string | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length < end + 4 + length ? null : text.slice(end + 4);
}

function shapeAskedBy(body: string): Shape {
  return body.includes('"stream":true') ? "stream" : "whole";
}

/** Callers say in `user` who they are. */
function callerIn(body: string): { readonly tenant: TenantName | null; readonly wantsMuch: boolean } {
  const [, name = "", wish = ""] = /"user":"([a-z]+)(\/much)?"/.exec(body) ?? [];
  return { tenant: name in tenants ? (name as TenantName) : null, wantsMuch: wish !== "" };
}
