// One request for a token, and what comes of it (RFC 6749 §5). INVARIANT: what is sent is the cell's own credential, to the
// address that the engine knows and to nobody else; nothing of a caller's has a part in it, and no error quotes what came.
import { decodeUtf8, isObject, parseJson } from "../../base/index.ts";

export interface AccessToken {
  readonly value: string;
  /** From when it was made. */
  readonly lifeMs: number;
}

/** `token_refused`: the credential is not taken. */
export type TokenFault = "token_refused" | "token_unreachable";

export class TokenError extends Error {
  readonly fault: TokenFault;

  constructor(fault: TokenFault) {
    super(`no token: ${fault}`);
    this.name = "TokenError";
    this.fault = fault;
  }
}

export interface TokenRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as a form; null asks by GET. */
  readonly form: Readonly<Record<string, string>> | null;
}

/** For all of it: what proves who asks, the name's look-up, and what comes to the last byte. */
export const askTimeoutMs = 5_000;
const maxBytes = 64 * 1024;
const longestLifeMs = 24 * 3_600_000;

/** Rejects with {@link TokenError} for everything but a token that came whole and in time. No redirect is followed. */
export async function askForToken(
  { url, headers, form }: TokenRequest,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { Agent, request } = await import("undici");
  const agent = new Agent({ connect: { timeout: askTimeoutMs }, maxResponseSize: maxBytes });
  try {
    const { statusCode, body } = await request(url, {
      method: form === null ? "GET" : "POST",
      headers: { ...headers, accept: "application/json", ...(form && { "content-type": formType }) },
      body: form && new URLSearchParams(form).toString(),
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
    });
    if (statusCode !== 200)
      throw new TokenError(isRefusal(statusCode) ? "token_refused" : "token_unreachable");
    return readAccessToken(await body.bytes());
  } catch (error) {
    // What undici says may hold pieces of what came.
    throw error instanceof TokenError ? error : new TokenError("token_unreachable");
  } finally {
    void agent.destroy();
  }
}

const formType = "application/x-www-form-urlencoded";

/** Of the credential. Too much at once, and too slow, are none. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function readAccessToken(bytes: Uint8Array): AccessToken {
  const answer = parseJson(decodeUtf8(bytes) ?? "");
  const {
    access_token: value,
    expires_in: seconds,
    token_type: type = "Bearer",
  } = isObject(answer) ? answer : {};
  const lifeMs = Math.min(Number(seconds) * 1_000, longestLifeMs);
  const isBearer = typeof type === "string" && type.toLowerCase() === "bearer";
  // It goes into a header as it is (RFC 6750 §2.1).
  const isToken = typeof value === "string" && /^[\w.~+/-]{1,16384}=*$/.test(value);
  if (!isBearer || !isToken || !(lifeMs > 0)) throw new TokenError("token_unreachable");
  return { value, lifeMs };
}
