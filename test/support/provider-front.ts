// A provider's front door before a simulated engine: it knows callers and paths as the provider does, and passes on.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** `open` returns the engine's path for what is asked, or null for whom it does not know. */
export async function startProviderFront(
  engineUrl: string,
  open: (asked: Asked) => string | null,
): Promise<Front> {
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const path = open({ method, path: url, headers });
    if (path === null) {
      response.writeHead(401, { "content-length": "2" }).end("{}");
      return;
    }
    const onward = send(engineUrl + path, { method, headers: { ...headers, host: "engine" } });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).on("error", () => undefined);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
