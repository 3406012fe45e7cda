// A server whose backlog is full: a connection to it stays in the making until the server accepts.
import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { Worker } from "node:worker_threads";

export interface LateListener {
  readonly url: string;
  /** From now on it accepts: the kernel tries a connection that is in the making again, about a second after its start. */
  accept(): void;
  /** How many bytes have arrived at it, ever. */
  receivedBytes(): number;
  /** Connections that it has accepted, those that fill the backlog not counted. */
  accepted(): number;
}

/** Linux takes one connection more than the backlog says, and lets the first packet of a further one fall. */
const filling = 2;

export async function listenLate(t: TestContext): Promise<LateListener> {
  const shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(program, { eval: true, workerData: shared });
  t.after(async () => {
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
    await worker.terminate();
  });
  const [port] = (await once(worker, "message")) as [number];
  for (let n = 0; n < filling; n++) {
    const filler = connect(port, "127.0.0.1").on("error", () => undefined);
    t.after(() => filler.destroy());
    await once(filler, "connect");
  }
  return {
    url: `http://127.0.0.1:${port}`,
    accept() {
      Atomics.store(shared, 0, 1);
      Atomics.notify(shared, 0);
    },
    receivedBytes: () => Atomics.load(shared, 1),
    accepted: () => Atomics.load(shared, 2) - filling,
  };
}

/** Says its port, and sleeps with its loop stopped until word 0 is set; words 1 and 2 count bytes and connections. */
const program = `
  const { parentPort, workerData: shared } = require("node:worker_threads");
  const server = require("node:net").createServer((socket) => {
    Atomics.add(shared, 2, 1);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => Atomics.add(shared, 1, bytes.length));
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(shared, 0, 0);
  });
`;
