// Who gives tokens, played at a socket: it keeps what it was asked, and answers what the test says.
import { generateKeyPairSync } from "node:crypto";
import type { TestContext } from "node:test";
import { startRawUpstream } from "./raw-http.ts";

/** RFC 6749 §5.1. */
export interface TokenAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly token?: string;
  readonly expires_in?: unknown;
}

export interface TokenEndpoint {
  readonly url: string;
  /** Whole, in their order. */
  readonly requests: readonly string[];
}

/** `answer`: to the request of that number, from 0; null hangs. */
export async function startTokenEndpoint(
  t: TestContext,
  answer: (turn: number) => TokenAnswer | null | Promise<TokenAnswer | null>,
): Promise<TokenEndpoint> {
  let turn = 0;
  const { url, requests } = await startRawUpstream(t, (socket) => {
    void Promise.resolve(answer(turn++)).then((given) => given && socket.end(textOf(given)));
  });
  return { url: `${url}/token`, requests };
}

function textOf({ status = 200, token = "ya29.token", expires_in = 3599, body }: TokenAnswer): string {
  const text = body ?? JSON.stringify({ access_token: token, expires_in, token_type: "Bearer" });
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`;
}

/** The form that a request had. */
export function formOf(request: string | undefined): URLSearchParams {
  return new URLSearchParams(request?.split("\r\n\r\n")[1] ?? "");
}

/** As workload identity mounts it. */
export const federatedToken: string = [
  { alg: "RS256", typ: "JWT" },
  { aud: "api://AzureADTokenExchange", sub: "system:serviceaccount:cell:gateway" },
]
  .map((part) => `${Buffer.from(JSON.stringify(part)).toString("base64url")}.`)
  .join("")
  .concat("c2lnbmF0dXJl");

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const serviceAccountPublicKey = publicKey;

/** As the console gives it, in one line. */
export function serviceAccountFile(members: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    type: "service_account",
    project_id: "acme-ai",
    private_key_id: "4f1d0c9e7ab2",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "gateway@acme-ai.iam.gserviceaccount.com",
    client_id: "100200300",
    token_uri: "https://oauth2.googleapis.com/token",
    ...members,
  });
}
