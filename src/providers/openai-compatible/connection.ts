// HTTP to one origin. The only file that opens sockets to other machines.
import { errors, Pool } from "undici";
import type {
  EndpointAddress,
  EngineConnection,
  UpstreamAnswer,
  UpstreamCall,
  UpstreamFailure,
} from "../provider.ts";
import { UpstreamError } from "../provider.ts";

const connectTimeoutMs = 3_000;
const probeTimeoutMs = 2_000;
const maxHeaderBytes = 16_384;

/**
 * INVARIANT: bytes go to the origin of `address.url` and nowhere else. undici's Pool follows no redirect and reads
 * no proxy variable; a redirect would be a way out of the lawful set, so it counts as garbage.
 */
export function openHttpConnection(address: EndpointAddress): EngineConnection {
  const origin = openOrigin(address);
  return {
    call: (call) => post(origin, call),
    probe: async (signal) => {
      const status = await getStatus(origin, "/health", signal);
      if (status !== 404) return isSuccess(status);
      // Not every server of this dialect has `/health` (vLLM and llama.cpp do); all of them list models.
      return isSuccess(await getStatus(origin, "/v1/models", signal));
    },
    // Calls under way end as broken: whoever closes has waited for them already.
    close: () => origin.pool.destroy(),
  };
}

interface Origin {
  readonly pool: Pool;
  /** Path of the base URL, without a slash at its end. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

function openOrigin({ id, engine, url, apiKey }: EndpointAddress): Origin {
  if (url === null) throw new TypeError(`endpoint \`${id}\`: engine \`${engine}\` needs a url`);
  const { origin, pathname } = new URL(url);
  return {
    // HTTP/1.1 alone: its header limit and timeouts are the ones that are tested.
    pool: new Pool(origin, {
      allowH2: false,
      connect: { timeout: connectTimeoutMs },
      maxHeaderSize: maxHeaderBytes,
    }),
    basePath: pathname.replace(/\/+$/, ""),
    headers: {
      "accept-encoding": "identity",
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
  };
}

async function post({ pool, basePath, headers }: Origin, call: UpstreamCall): Promise<UpstreamAnswer> {
  const answer = await pool
    .request({
      path: basePath + call.path,
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
      throw upstreamError(error, call.signal, "unreachable");
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
    throw upstreamError(error, signal, "broken");
  }
}

type ResponseBody = Awaited<ReturnType<Pool["request"]>>["body"];

/** The cause is undici's or Node's word alone: their errors carry pieces of the answer, which is content. */
function upstreamError(error: unknown, signal: AbortSignal, otherwise: UpstreamFailure): UpstreamError {
  const cause = error instanceof Error && "code" in error ? error.code : undefined;
  return new UpstreamError(failureOf(error, signal, otherwise), { cause });
}

/** `otherwise` is what a plain connection error means at this stage. */
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
  { pool, basePath, headers }: Origin,
  path: "/health" | "/v1/models",
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const { statusCode, body } = await pool.request({
      path: basePath + path,
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
