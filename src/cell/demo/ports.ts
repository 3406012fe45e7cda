import { once } from "node:events";
import { createServer } from "node:net";
import { UnusableInputError } from "../../disk/index.ts";

/** `host:port` of this machine, for a server or for a client on the same machine. */
export const loopback = "127.0.0.1";

const blockSize = 100;
const highestPort = 65_535;

/** The first of `base`, `base` + 100, … at which every port of the block is free now. */
export async function nextFreeBlock(base: number, offsets: readonly number[]): Promise<number> {
  for (let candidate = base; candidate + blockSize <= highestPort; candidate += blockSize) {
    if ((await firstTaken(candidate, offsets)) === null) return candidate;
  }
  throw new UnusableInputError([
    `no block of ports from ${base} to ${highestPort} is free; stop what listens there, or choose another start with \`--port-base\``,
  ]);
}

/** A port of the block that something else listens on, null when all are free. Whoever binds later may still be late. */
export async function firstTaken(base: number, offsets: readonly number[]): Promise<number | null> {
  for (const offset of offsets) {
    if (!(await isFree(base + offset))) return base + offset;
  }
  return null;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen({ host: loopback, port, exclusive: true }), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
