// Opening and closing a listener.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ListenAddress } from "../../config/index.ts";

/** After the last request, for answers that are still in the kernel's hands. */
export const lingerMs = 2_000;

/** Resolves with its URL, without a slash at the end, when it takes connections. */
export async function openDoor(server: Server, { host, port }: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `http://${host.includes(":") ? `[${host}]` : host}:${portOf(server)}`;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Takes no more connections. Resolves when all are closed. */
export function closeDoor(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

/** For when nothing runs any more: lets answers that are on their way arrive, then cuts whoever still holds on. */
export async function hangUp(server: Server, closed: Promise<void>): Promise<void> {
  server.closeIdleConnections();
  await within(lingerMs, closed);
  server.closeAllConnections();
  await closed;
}

export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([work, sleep(timeoutMs, undefined, { signal: timeout.signal })]);
  timeout.abort();
}
