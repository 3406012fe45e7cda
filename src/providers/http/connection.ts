// HTTP to one origin. The only file that opens sockets to other machines. Each gateway thread owns its state.
import { type Dispatcher, errors, Pool } from "undici";
import { Departure } from "../departure.ts";
import {
  type EndpointAddress,
  type EngineConnection,
  NotPermittedError,
  type Serves,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamError,
  type UpstreamFailure,
} from "../provider.ts";

const connectTimeoutMs = 3_000;
const probeTimeoutMs = 2_000;
const maxHeaderBytes = 16_384;

interface ConnectionOptions {
  readonly maxConnections: number;
  /** Asked in their order, the second where the server does not know the first. */
  readonly probePaths?: readonly [string, string];
}

/**
 * INVARIANT: bytes go to the origin of `address.url` and nowhere else. undici's Pool follows no redirect and reads
 * no proxy variable; a redirect would be a way out of the lawful set, so it counts as garbage.
 */
export function openHttpConnection(
  address: EndpointAddress,
  serves: Serves,
  { maxConnections, probePaths = ["/health", "/v1/models"] }: ConnectionOptions,
): EngineConnection {
  let origin = openOrigin(address, maxConnections);
  /** Those of other bounds that end when their calls have. */
  const former = new Set<Origin>();
  const [firstPath, secondPath] = address.calling?.healthPath
    ? [address.calling.healthPath, null]
    : probePaths;
  return {
    async call(call) {
      const target = serves[call.operation];
      if (!target) throw new TypeError(`engine \`${address.engine}\` serves no \`${call.operation}\``);
      const path = address.calling?.path ?? target.path;
      return post(origin, call, { path, departure: new Departure(address.id, call) });
    },
    probe: async (signal) => {
      const status = await getStatus(origin, firstPath, signal);
      // Not every server of this dialect has `/health` (vLLM and llama.cpp do), and not every one lists models.
      if (status !== 404 || secondPath === null) return isSuccess(status);
      return isSuccess(await getStatus(origin, secondPath, signal));
    },
    isSilent: async (signal) => (await getStatus(origin, firstPath, signal)) === null,
    resize(most) {
      if (most === origin.maxConnections) return;
      const before = origin;
      origin = openOrigin(address, most);
      former.add(before);
      // Where `close` comes first, it has ended.
      void end(before)
        .catch(() => undefined)
        .finally(() => former.delete(before));
    },
    drain: async () => void (await Promise.all([origin, ...former].map(end))),
    close: async () =>
      void (await Promise.all(
        [origin, ...former].flatMap(({ pool, probes }) => [pool.destroy(), probes.destroy()]),
      )),
  };
}

/** In this order: an answer that still comes goes on being asked whether it lives. */
async function end({ pool, probes }: Origin): Promise<void> {
  // By `close`, which may come at any time, or because it is the same one.
  if (!pool.destroyed) await pool.close();
  if (!probes.destroyed) await probes.close();
}

interface Origin {
  readonly maxConnections: number;
  readonly pool: Pool;
  /**
   * One connection that no call takes: while all others wait for long answers, a live engine still says that it lives. Of an
   * endpoint that may have one connection only, it is that one: the bound is for the ledger's sake (decision 0034).
   */
  readonly probes: Pool;
  /** The same pool, which asks at the first byte whether the request may go. */
  readonly gated: Dispatcher;
  /** Path of the base URL, without a slash at its end. */
  readonly basePath: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

function openOrigin({ id, engine, url, apiKey, calling }: EndpointAddress, maxConnections: number): Origin {
  if (url === null) throw new TypeError(`endpoint \`${id}\`: engine \`${engine}\` needs a url`);
  const { origin, pathname } = new URL(url);
  // HTTP/1.1 alone: its header limit, its timeouts and its order of writing are the ones that are tested.
  const options = {
    allowH2: false,
    connect: {
      timeout: connectTimeoutMs,
      ...(calling?.ca && { ca: calling.ca }),
      ...(calling?.client && { cert: calling.client.certificate, key: calling.client.key }),
    },
    maxHeaderSize: maxHeaderBytes,
  };
  const pool = new Pool(origin, { ...options, connections: Math.max(1, maxConnections - 1) });
  return {
    maxConnections,
    pool,
    probes: maxConnections > 1 ? new Pool(origin, { ...options, connections: 1 }) : pool,
    gated: pool.compose(askAtFirstByte),
    basePath: pathname.replace(/\/+$/, ""),
    query: queryOf(calling?.query ?? {}),
    headers: {
      "accept-encoding": "identity",
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      ...calling?.headers,
    },
  };
}

function queryOf(members: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(members).toString();
  return query === "" ? "" : `?${query}`;
}

/**
 * undici calls `onRequestStart` when a connected socket is free for the request, and writes head and body in the same
 * turn right after it (`writeH1` in its client-h1.js). A throw there is the request's failure: nothing is written, and
 * the connection stays open for others.
 */
function askAtFirstByte(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const { opaque: departure } = options as Dispatcher.RequestOptions<Departure>;
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      start?.(controller, context);
      // The caller left while the request waited for its turn.
      if (!controller.aborted) departure?.leave();
    };
    return dispatch(options, handler);
  };
}

interface Way {
  readonly path: string;
  readonly departure: Departure;
}

async function post(
  { gated, basePath, query, headers }: Origin,
  call: UpstreamCall,
  { path, departure }: Way,
): Promise<UpstreamAnswer> {
  const answer = await gated
    .request({
      opaque: departure,
      path: basePath + path + query,
      method: "POST",
      body: call.body,
      headers: {
        ...headers,
        accept: call.isStream ? "text/event-stream" : "application/json",
        "content-type": "application/json",
        "x-request-id": call.requestId,
        ...(call.transferId && { "bailiwick-transfer": call.transferId }),
      },
      signal: call.signal,
      headersTimeout: call.headersTimeoutMs,
      bodyTimeout: call.idleTimeoutMs,
    })
    .catch((error: unknown) => {
      if (error instanceof NotPermittedError) throw error;
      throw upstreamError(error, call.signal, {
        otherwise: "unreachable",
        mayHaveArrived: departure.hasLeft,
      });
    });
  const isRedirect = answer.statusCode >= 300 && answer.statusCode < 400;
  if (isRedirect || (answer.headers["content-encoding"] ?? "identity") !== "identity") {
    discard(answer.body);
    throw new UpstreamError("garbage");
  }
  return {
    status: answer.statusCode,
    headers: flatten(answer.headers),
    body: chunksOf(answer.body, call.signal),
  };
}

async function* chunksOf(body: ResponseBody, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    // Leaving this loop early destroys the body, which closes the connection: that is how the engine learns of it.
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw upstreamError(error, signal, { otherwise: "broken", mayHaveArrived: true });
  }
}

type ResponseBody = Awaited<ReturnType<Pool["request"]>>["body"];

/** The cause is undici's or Node's word alone: their errors carry pieces of the answer, which is content. */
function upstreamError(error: unknown, signal: AbortSignal, stage: Stage): UpstreamError {
  const cause = error instanceof Error && "code" in error ? error.code : undefined;
  const { otherwise, mayHaveArrived } = stage;
  return new UpstreamError(failureOf(error, signal, otherwise), { cause, mayHaveArrived });
}

interface Stage {
  /** What a plain connection error means here. */
  readonly otherwise: UpstreamFailure;
  readonly mayHaveArrived: boolean;
}

function failureOf(error: unknown, signal: AbortSignal, otherwise: UpstreamFailure): UpstreamFailure {
  if (signal.aborted) return "aborted";
  if (error instanceof errors.HeadersTimeoutError) return "headers_timeout";
  if (error instanceof errors.BodyTimeoutError) return "stalled";
  return notHttp.some((kind) => error instanceof kind) ? "garbage" : otherwise;
}

const notHttp = [
  errors.HTTPParserError,
  errors.HeadersOverflowError,
  errors.ResponseContentLengthMismatchError,
] as const;

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

/** Null when there is no answer. */
async function getStatus(
  { probes, basePath, query, headers }: Origin,
  path: string,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const { statusCode, body } = await probes.request({
      path: basePath + path + query,
      method: "GET",
      headers,
      signal,
      headersTimeout: probeTimeoutMs,
      bodyTimeout: probeTimeoutMs,
    });
    discard(body);
    return statusCode;
  } catch {
    return null;
  }
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Unread bytes would keep the connection from being used again, so it is given up. */
function discard(body: ResponseBody): void {
  body.on("error", () => undefined).destroy();
}
