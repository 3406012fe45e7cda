// A model server without a model: it speaks, caches, queues, counts and fails like a vLLM server, over a real
// socket. The demo and the tests run on it; it answers with maxims. Whoever opens it owns its state.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type MonotonicClock, ok, type Place, type Result } from "../../base/index.ts";
import { type EngineOperationName, engineOperations, formatModelList } from "../../wire/index.ts";
import { answerAtOnce } from "./at-once/answer-at-once.ts";
import type { AtOnceDialect } from "./at-once/at-once.ts";
import { speechDialect, transcriptionDialects } from "./at-once/audio.ts";
import { readForm } from "./at-once/form-members.ts";
import { imageDialects } from "./at-once/images.ts";
import { moderationDialect } from "./at-once/moderation.ts";
import { rankingDialect } from "./at-once/ranking.ts";
import { vectorDialect } from "./at-once/vectors.ts";
import { chatDialect } from "./chat-dialect.ts";
import { complete, type EngineParts, sendError, statedPlace } from "./completion.ts";
import { parseCompletionRequest, readRequest } from "./completion-request.ts";
import type { Members, SimulatedDialect } from "./dialect.ts";
import { type Fault, FaultSwitch, parseFault } from "./fault.ts";
import { firstTokenBounds, Latencies, renderMetrics, requestBounds } from "./metrics.ts";
import { SimulatedSession } from "./realtime/simulated-session.ts";
import { Scheduler } from "./scheduler.ts";
import { responseDialect } from "./response-dialect.ts";
import { textDialect } from "./text-dialect.ts";
import { demoTiming, type Timing } from "./timing.ts";
import { formatTokenCount, messageDialect } from "./message-dialect.ts";
import { formatVllmError, internalError, type VllmError } from "./vllm-error.ts";

export interface SimulatedEngineOptions {
  readonly name: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** The one model that it serves. */
  readonly model: string;
  /** Where it says that it computes. */
  readonly place: Place;
  readonly timing?: Timing;
  /** The clock that measures its latencies. */
  readonly monotonicNow: MonotonicClock;
  /** How many blocks of 16 tokens its prefix cache holds. */
  readonly cacheBlocks?: number;
}

export interface SimulatedEngine {
  readonly url: string;
  /** Breaks what is under way. */
  close(): Promise<void>;
}

const defaultCacheBlocks = 8_192;
const maxBodyBytes = 64 * 1024 * 1024;

export async function startSimulatedEngine(options: SimulatedEngineOptions): Promise<SimulatedEngine> {
  const { host = "127.0.0.1", port } = options;
  const engine = new EngineServer(options);
  const server = process
    .getBuiltinModule("node:http")
    .createServer((request, response) => void engine.answer(request, response));
  server.on("upgrade", (request, socket, first) => engine.upgrade(request, { socket, first }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => resolve());
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    async close() {
      engine.close();
      await closeServer(server);
    },
  };
}

const dialects: readonly SimulatedDialect[] = [chatDialect, textDialect, messageDialect, responseDialect];
/** Answered in one piece. */
const dialectsAtOnce: readonly AtOnceDialect[] = [
  vectorDialect,
  rankingDialect,
  moderationDialect,
  speechDialect,
  ...transcriptionDialects,
  ...imageDialects,
];

type Words = Pick<SimulatedDialect, "formatError">;
const ownWords: Words = { formatError: formatVllmError };

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

interface Taken {
  readonly id: string;
  readonly fault: Fault;
  readonly body: Uint8Array;
}

class EngineServer {
  readonly #parts: EngineParts;
  readonly #cacheBlocks: number;
  readonly #faults = new FaultSwitch();
  readonly #sessions = new Set<WebSocket>();
  #requests = 0;

  constructor({ name, model, place, timing, cacheBlocks, monotonicNow }: SimulatedEngineOptions) {
    this.#cacheBlocks = cacheBlocks ?? defaultCacheBlocks;
    this.#parts = {
      monotonicNow,
      name,
      model,
      place,
      timing: timing ?? demoTiming,
      scheduler: new Scheduler(this.#cacheBlocks),
      firstToken: new Latencies(firstTokenBounds),
      request: new Latencies(requestBounds),
    };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      await this.#route(request, response, left.signal);
    } catch {
      // Once the client has left there is nobody to tell, and its leaving is the reason.
      if (!response.headersSent && !left.signal.aborted) sendError(response, internalError, ownWords);
      else response.destroy();
    }
  }

  /** A session is one inference request. */
  upgrade(
    request: IncomingMessage,
    { socket, first }: { readonly socket: Duplex; readonly first: Buffer },
  ): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://engine");
    if (pathname !== realtimePath) return void socket.end(refusal("404 Not Found"));
    this.#requests++;
    const fault = this.#faults.take();
    if (fault.mode === "down") return void socket.destroy();
    if (fault.mode === "refuse") return void socket.end(refusal("503 Service Unavailable"));
    if (fault.mode === "error") return void socket.end(refusal("500 Internal Server Error"));
    if (searchParams.get("model") !== this.#parts.model) return void socket.end(refusal("404 Not Found"));
    const sessions = new WebSocketServer({ noServer: true, clientTracking: false });
    sessions.on("headers", (lines) => {
      lines.push(`x-sim-place: ${statedPlace({ fault, engine: this.#parts })}`);
      lines.push(`x-request-id: ${String(request.headers["x-request-id"] ?? this.#requests)}`);
    });
    sessions.handleUpgrade(request, socket, first, (webSocket) => {
      this.#sessions.add(webSocket);
      webSocket.once("close", () => this.#sessions.delete(webSocket));
      new SimulatedSession(webSocket, this.#parts, fault).begin();
    });
  }

  close(): void {
    for (const webSocket of this.#sessions) webSocket.terminate();
  }

  async #route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const path = new URL(request.url ?? "/", "http://engine").pathname;
    const route = `${request.method} ${path}`;
    const operation = engineOperations.find((row) => route === `${row.method} ${row.path}`)?.name;
    const dialect = dialects.find((each) => each.operation === operation);
    if (dialect) return this.#complete({ request, response, signal }, dialect);
    const atOnce = dialectsAtOnce.find((each) => each.operation === operation);
    if (atOnce) return this.#answerAtOnce({ request, response, signal }, atOnce);
    if (operation === "count_tokens") return this.#count({ request, response, signal });
    if (this.#faults.isDown && !path.startsWith("/sim/")) return reset(request);
    switch (route) {
      case "GET /health":
        return void response.end();
      case "GET /v1/models":
        return sendJson(response, 200, formatModelList([this.#parts.model], "vllm"));
      case "GET /metrics":
        return void response.setHeader("content-type", "text/plain; version=0.0.4").end(this.#metrics());
      case "GET /sim/stats":
        return sendJson(response, 200, this.#stats());
      case "POST /sim/fault":
        return this.#setFault(request, response);
      default:
        return sendError(response, { status: 404, message: "Not Found", param: null }, ownWords);
    }
  }

  async #complete(asked: Asked, dialect: SimulatedDialect): Promise<void> {
    const taken = await this.#take(asked, dialect);
    if (!taken) return;
    const parsed = parseCompletionRequest(dialect, taken.body, this.#parts.model);
    if (!parsed.ok) return sendError(asked.response, parsed.error, dialect);
    await complete(this.#parts, { ...asked, ...taken, dialect, request: parsed.value });
  }

  async #answerAtOnce(asked: Asked, dialect: AtOnceDialect): Promise<void> {
    const taken = await this.#take(asked, ownWords);
    if (!taken) return;
    const members = this.#membersOf(asked.request, dialect, taken.body);
    const atOnce = members.ok ? dialect.read(members.value) : members;
    if (!atOnce.ok) return sendError(asked.response, atOnce.error, ownWords);
    await answerAtOnce(this.#parts, { ...asked, ...taken, asked: atOnce.value });
  }

  #membersOf(
    { headers }: IncomingMessage,
    { operation }: AtOnceDialect,
    body: Uint8Array,
  ): Result<Members, VllmError> {
    const { model } = this.#parts;
    const contentType = headers["content-type"];
    if (isForm(operation)) return readForm(operation, { body, contentType }, model);
    const read = readRequest(operation, body, model);
    return read.ok ? ok(read.value.members) : read;
  }

  async #count(asked: Asked): Promise<void> {
    const taken = await this.#take(asked, messageDialect);
    if (!taken) return;
    const read = readRequest("count_tokens", taken.body, this.#parts.model);
    if (!read.ok) return sendError(asked.response, read.error, messageDialect);
    asked.response.setHeader("x-sim-place", statedPlace({ fault: taken.fault, engine: this.#parts }));
    sendJson(asked.response, 200, formatTokenCount(read.value.members));
  }

  /** Counts what has come, and reads it; null where it has been answered already. */
  async #take({ request, response }: Asked, words: Words): Promise<Taken | null> {
    this.#requests++;
    const fault = this.#faults.take();
    if (fault.mode === "down") {
      reset(request);
      return null;
    }
    const body = await readBody(request);
    if (body) return { id: String(request.headers["x-request-id"] ?? this.#requests), fault, body };
    sendError(response, { status: 413, message: "Request too large", param: null }, words);
    return null;
  }

  #metrics(): string {
    const { model, scheduler, firstToken, request } = this.#parts;
    return renderMetrics({
      model,
      cacheBlocks: this.#cacheBlocks,
      counts: scheduler.counts,
      firstToken,
      request,
    });
  }

  /** `requests` counts every inference request that came, sound or not: what a test of the law looks at. */
  #stats(): string {
    const { promptTokens, cachedTokens } = this.#parts.scheduler.counts;
    return JSON.stringify({ requests: this.#requests, promptTokens, cachedTokens });
  }

  async #setFault(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = parseFault(String(await readBody(request)));
    if (!fault.ok) return sendError(response, { status: 400, message: fault.error, param: null }, ownWords);
    this.#faults.set(fault.value);
    sendJson(response, 200, JSON.stringify(fault.value));
  }
}

function isForm(operation: EngineOperationName): boolean {
  return engineOperations.find(({ name }) => name === operation)?.body === "multipart";
}

const realtimePath = engineOperations.find(({ name }) => name === "realtime")?.path;

function refusal(status: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

/** Null when it is larger than any body should be. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > maxBodyBytes) return null;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
