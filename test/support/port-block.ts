// Blocks of ports for demos, which are told theirs before they start. Test processes run side by side, so each block is
// reserved: a number made of a process id meets another one's sooner or later.
import { once } from "node:events";
import { createServer } from "node:net";

/** All are below 32768, where systems begin to hand out ports to whoever asks for any, as the other tests do. */
const [lowestPort, blockSize, blockCount] = [10_000, 50, 440];

let blocksTried: number = process.pid;

/** The first port of a block that no other test process has, as long as this one lives. */
export async function reservePortBase(): Promise<number> {
  for (let count = 0; count < blockCount; count++) {
    const portBase = lowestPort + (blocksTried++ % blockCount) * blockSize;
    if (await isReserved(portBase)) return portBase;
  }
  throw new Error(`all ${blockCount} blocks of ports are reserved by test processes`);
}

/** By an abstract socket (unix(7)): the kernel lets go of it with the process, however that ends. */
async function isReserved(portBase: number): Promise<boolean> {
  const server = createServer().unref();
  const listening = once(server, "listening");
  server.listen(`\0bailiwick-test-ports-${portBase}`);
  return listening.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") return false;
      throw error;
    },
  );
}
