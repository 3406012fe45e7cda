// Opening and closing a listener.
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ListenAddress } from "../../config/index.ts";
import type { Listener } from "./listener.ts";

/** After the last request, for answers that are still in the kernel's hands. */
export const lingerMs = 2_000;

interface DoorAddress extends ListenAddress {
  /** Where the system has no such thing, it cannot be opened. */
  readonly reusePort?: boolean;
}

/** Resolves with its URL, without a slash at the end, when it takes connections. */
export async function openDoor(
  { server, scheme }: Listener,
  { host, port, reusePort = false }: DoorAddress,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host, port, reusePort }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
}

/** Takes no more connections, and ends those without a request. Resolves when all are closed. */
export function closeDoor({ server, connections }: Listener): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  connections.closeIdle();
  return promise;
}

/** For when nothing runs any more: lets answers that are on their way arrive, then cuts whoever still holds on. */
export async function hangUp({ connections }: Listener, closed: Promise<void>): Promise<void> {
  connections.closeIdle();
  await within(lingerMs, closed);
  connections.closeAll();
  await closed;
}

export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([work, sleep(timeoutMs, undefined, { signal: timeout.signal })]);
  timeout.abort();
}
