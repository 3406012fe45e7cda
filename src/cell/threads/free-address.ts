import { once } from "node:events";
import { createServer } from "node:net";
import type { CellId } from "../../base/index.ts";
import type { ListenAddress } from "../../config/index.ts";
import { asUnusable } from "../../disk/index.ts";

/**
 * Rejects where somebody listens already. Threads share a port with whoever else of the same user shares it (SO_REUSEPORT):
 * two cells on one port would each get half of the other's callers, and neither would be told.
 */
export async function requireFreeAddress(cell: CellId, { host, port }: ListenAddress): Promise<void> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw asUnusable(`cell \`${cell}\` cannot listen for callers (\`listen\`) on ${host}:${port}`, error);
  }
  const closed = once(server, "close");
  server.close();
  await closed;
}
