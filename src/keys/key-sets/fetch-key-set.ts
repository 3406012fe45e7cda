// The one way in which a cell asks an identity provider for its public keys. INVARIANT: what is sent is a GET of the URL that
// the policy names, and nothing else: no header, name or date of a request of a caller's has a part in it.

export interface KeySetPlace {
  readonly url: string;
  /** PEM of the authorities that vouch for the server; null: the system's. */
  readonly authorities: string | null;
}

export interface FetchedKeySet {
  readonly text: string;
  /** How long its publisher says that it stays as it is (RFC 9111 §5.2.2.1); null: it does not say. */
  readonly freshMs: number | null;
}

/** More than a hundred keys have. */
const maxBytes = 256 * 1024;

/** For all of it, from the name's look-up to the last byte. */
const timeoutMs = 5_000;

/** Rejects for everything but an answer of 200 that came whole, in time and within bounds. No redirect is followed. */
export async function fetchKeySet({ url, authorities }: KeySetPlace): Promise<FetchedKeySet> {
  const { Agent, request } = await import("undici");
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(authorities !== null && { ca: authorities }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
  });
  try {
    const { statusCode, headers, body } = await request(url, {
      headers: { accept: "application/json" },
      dispatcher: agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const cacheControl = headers["cache-control"];
    return {
      text: await body.text(),
      freshMs: typeof cacheControl === "string" ? freshIn(cacheControl) : null,
    };
  } finally {
    await agent.destroy();
  }
}

function freshIn(cacheControl: string): number | null {
  const seconds = /(?:^|[,\s])max-age="?(\d{1,9})"?(?:$|[,\s])/i.exec(cacheControl)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}
