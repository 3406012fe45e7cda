// Logs out of memory, as files that other tools find: in a folder, or behind a server of files.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { LogFiles } from "./ledger-log.ts";

export function writeLog(directory: string, files: LogFiles): void {
  for (const [path, bytes] of files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

export interface FileServer {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

/** What any server of static files does; `answers` replaces single paths. */
export async function serveFiles(
  directory: string,
  answers: ReadonlyMap<
    string,
    { readonly status: number; readonly headers?: Record<string, string>; readonly bytes?: number }
  > = new Map(),
): Promise<FileServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const answer = answers.get(path);
    if (answer) {
      response.writeHead(answer.status, answer.headers).end(Buffer.alloc(answer.bytes ?? 0));
      return;
    }
    try {
      response.end(readFileSync(join(directory, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
