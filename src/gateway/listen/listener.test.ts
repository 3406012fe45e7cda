// Two connections of a listener that speaks TLS, shaking hands at once.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { connect as connectSecure, type TLSSocket } from "node:tls";
import { listenLimits } from "../../../test/support/listen-limits.ts";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";
import { closeDoor, openDoor } from "./door.ts";
import { createListener } from "./listener.ts";

const authority = tinyAuthority("servers");
const { certificate, key } = authority.issue("127.0.0.1");

/** Resolves with its port, which is the same at all addresses of this machine. */
async function listenEverywhere(t: TestContext): Promise<number> {
  const listener = createListener({
    cell: "test",
    limits: listenLimits,
    now: Date.now,
    connections: { maxConnections: 100, onCount: () => undefined, onCrowded: () => undefined },
    tls: { certificate, key, clients: [] },
    serve(channel) {
      void channel.answer({ status: 200, headers: {}, body: "hello", isLast: true, idleTimeoutMs: 1_000 });
      return { stop: () => channel.destroy() };
    },
  });
  const url = await openDoor(listener, { host: "0.0.0.0", port: 0 });
  t.after(async () => {
    const closed = closeDoor(listener);
    listener.connections.closeAll();
    await closed;
  });
  return Number(new URL(url).port);
}

test(
  "a caller that reaches two addresses of a listener from one port of its own is answered at both",
  { skip: process.platform !== "linux" && "only Linux has every address of 127.0.0.0/8 without being told" },
  async (t) => {
    const port = await listenEverywhere(t);
    const first = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.1" });
    await once(first, "connect");
    const { localPort } = first;
    assert.ok(localPort !== undefined);
    const second = connect({ host: "127.0.0.2", port, localAddress: "127.0.0.1", localPort });
    await once(second, "connect");
    const secured = [first, second].map((socket) =>
      connectSecure({
        socket,
        ca: authority.certificate,
        servername: "localhost",
        checkServerIdentity: () => undefined,
      }),
    );
    t.after(() => secured.forEach((socket) => socket.destroy()));
    for (const answer of await Promise.all(secured.map(askAlone)))
      assert.match(answer, /^HTTP\/1\.1 200 OK[^]*hello$/);
  },
);

async function askAlone(socket: TLSSocket): Promise<string> {
  socket.end("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  let text = "";
  for await (const piece of socket) text += String(piece);
  return text;
}
