// Serves TypeScript as a browser takes it, with its types stripped by Node itself, and one log beside it.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import type { LogFiles } from "./ledger-log.ts";

const root = join(import.meta.dirname, "../..");
const imports = JSON.stringify({
  imports: {
    "@noble/hashes/": "/node_modules/@noble/hashes/",
    "@noble/curves/": "/node_modules/@noble/curves/",
  },
});
const page = `<!doctype html><meta charset="utf-8"><script type="importmap">${imports}</script>
<script type="module">
  import { verifyHere } from "/test/browser/verify-page.ts";
  globalThis.verifyHere = verifyHere;
</script>`;

/** Only what the page needs: its own source, the pure rooms, and the two libraries. */
const served =
  /^\/(?:src\/(?:base|ledger)|test\/browser|node_modules\/@noble\/(?:hashes|curves))\/[A-Za-z0-9._/-]+\.(?:ts|js)$/;

export interface PageServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** `logs` are served below their names, as they are at the moment. */
export async function servePage(logs: ReadonlyMap<string, LogFiles>): Promise<PageServer> {
  const server = createServer((request, response) => {
    const body = bodyOf(request.url ?? "", logs);
    if (body === null) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": body.type }).end(body.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

interface Body {
  readonly type: string;
  readonly bytes: string | Uint8Array;
}

function bodyOf(path: string, logs: ReadonlyMap<string, LogFiles>): Body | null {
  if (path === "/") return { type: "text/html", bytes: page };
  if (served.test(path) && normalize(path) === path)
    return { type: "text/javascript", bytes: sourceOf(path) };
  const [, log = "", ...rest] = path.split("/");
  const bytes = logs.get(log)?.get(rest.join("/"));
  return bytes === undefined ? null : { type: "application/octet-stream", bytes };
}

function sourceOf(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  return path.endsWith(".ts") ? stripTypeScriptTypes(text) : text;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
