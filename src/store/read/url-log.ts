// A log behind any HTTP server that serves its files, such as one over a copied directory (c2sp.org/tlog-tiles,
// "Interface"). Nothing that it sends is believed; what is limited here is how much of it is taken, and for how long.
import type { Agent } from "undici";
import type { LogReader } from "../../ledger/index.ts";
import { type PublishedLog, publishedLog } from "./published-log.ts";
import { readAhead } from "./read-ahead.ts";

/** The server did not answer as a server of files does. */
export class UnusableServerError extends Error {
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`\`${url}\`: ${reason}`, options);
    this.name = "UnusableServerError";
  }
}

/** An agent of our own reads no proxy variables: a log is read from where its user says that it lies. */
let direct: Agent | null = null;
const timeoutMs = 10_000;
/** A full bundle of the largest entries has 1,049,088 bytes; other logs may have longer ones. */
const maxFileBytes = 16 * 1024 * 1024;

/** `url` is the log's prefix. HTTP cannot list, so kept checkpoints and left-over partial files are not looked at. */
export function urlLog(url: string): PublishedLog {
  const prefix = url.endsWith("/") ? url : `${url}/`;
  const reader: LogReader = { read: (path) => readUrl(prefix + path), list: async () => [] };
  return publishedLog(url.replace(/\/$/, ""), readAhead(reader));
}

async function readUrl(url: string): Promise<Uint8Array | null> {
  const signal = AbortSignal.timeout(timeoutMs);
  // Loaded on use: most commands read files, and start without an HTTP client.
  const { Agent, request } = await import("undici");
  direct ??= new Agent();
  try {
    // A redirect could lead a verifier inside a network to where its user never pointed it.
    const { statusCode, body } = await request(url, { signal, dispatcher: direct });
    if (statusCode === 200) return await readBody(url, body);
    await body.dump();
    if (statusCode === 404 || statusCode === 410) return null;
    const isRedirect = statusCode >= 300 && statusCode < 400;
    const reason = isRedirect ? "it redirects, which is not followed; give the address that it names" : "";
    throw new UnusableServerError(url, `the server answered ${statusCode}${reason && `: ${reason}`}`);
  } catch (error) {
    if (error instanceof UnusableServerError) throw error;
    const reason = signal.aborted
      ? `no answer within ${timeoutMs / 1000} s`
      : "the server cannot be reached, or broke off";
    throw new UnusableServerError(url, reason, { cause: error });
  }
}

async function readBody(url: string, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxFileBytes) throw new UnusableServerError(url, `it is longer than ${maxFileBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}
