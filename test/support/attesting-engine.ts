// An engine over TLS that shows what it runs: HTTP by Node, and whatever evidence a test has it give.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { reportDataFor, type TinyAmd } from "./tiny-amd.ts";
import type { TinyCertificate } from "./tiny-certificates.ts";

export interface AttestingEngine {
  readonly url: string;
  /** Of the questions for evidence. */
  readonly nonces: readonly string[];
  /** Of all that came, in its order. */
  readonly heads: readonly Pick<IncomingMessage, "url" | "headers">[];
  /** Bodies of all other requests. */
  readonly prompts: readonly string[];
  connections(): number;
  /** Of them, those that went on with the secrets of an earlier one. */
  resumed(): number;
  /** Shows another certificate to whoever connects next. */
  renew(certificate: TinyCertificate): void;
  /** Ends every connection. */
  cut(): void;
}

/** Gives evidence, or whatever else, for a question. */
export type GiveEvidence = (nonce: Buffer, response: ServerResponse) => void;

export async function startAttestingEngine(
  t: TestContext,
  certificate: TinyCertificate,
  give: GiveEvidence,
): Promise<AttestingEngine> {
  const [nonces, prompts]: [string[], string[]] = [[], []];
  const heads: AttestingEngine["heads"][number][] = [];
  let [connections, resumed] = [0, 0];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    heads.push(request);
    const { pathname, searchParams } = new URL(request.url ?? "", "https://engine");
    const nonce = searchParams.get("nonce") ?? "";
    if (pathname === "/v1/attestation/report") {
      nonces.push(nonce);
      return give(Buffer.from(nonce, "hex"), response);
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.method === "POST") prompts.push(Buffer.concat(pieces).toString());
    response.setHeader("content-type", "application/json").end(JSON.stringify(chat));
  };
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      void answer(request, response);
    },
  );
  server.on("secureConnection", (socket) => {
    connections++;
    if (socket.isSessionReused()) resumed++;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nonces,
    heads,
    prompts,
    connections: () => connections,
    resumed: () => resumed,
    renew: (next) => server.setSecureContext({ cert: next.certificate, key: next.key }),
    cut: () => server.closeAllConnections(),
  };
}

/** As an engine does that is in order, and in the machine that `amd` expects. */
export function evidenceOf(amd: TinyAmd, { certificate }: TinyCertificate): GiveEvidence {
  return (nonce, response) => {
    response
      .setHeader("content-type", "application/json")
      .end(amd.document({ reportData: reportDataFor(certificate, nonce) }));
  };
}

const chat = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "llama",
  choices: [{ index: 0, message: { role: "assistant", content: "Guten Tag." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
};
