// Connections read what their parser reads, however many messages come at once, and wherever they are cut.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { fuzzedStream } from "../../../test/fuzz/http1/http-bytes.ts";
import { ourReading } from "../../../test/fuzz/http1/our-reading.ts";
import { Random } from "../../../test/fuzz/random.ts";
import { maxHeaderBytes } from "../../../test/fuzz/http1/reading.ts";
import type { HttpChannel } from "./http-channel.ts";
import { createListener } from "./listener.ts";
import { listenLimits } from "../../../test/support/listen-limits.ts";
import { stoppedBy } from "../../../test/support/stoppable.ts";

interface Heard {
  readonly requests: string[];
  written: string;
}

class MemorySocket extends Duplex {
  readonly heard: Heard = { requests: [], written: "" };

  override _read(): void {}

  override _write(bytes: Buffer, _: unknown, done: () => void): void {
    this.heard.written += bytes.toString("latin1");
    done();
  }
}

test("what comes by a connection is served as the parser reads it, and refused as it refuses it", async () => {
  let newest: MemorySocket | null = null;
  const { server } = createListener({
    cell: "test",
    limits: { ...listenLimits, maxHeaderBytes },
    now: Date.now,
    connections: { maxConnections: 10, onCount: () => undefined, onCrowded: () => undefined },
    tls: null,
    serve(channel) {
      const stopping = new AbortController();
      void tell(channel, newest?.heard.requests ?? [], stopping.signal);
      return { stop: (reason) => stopping.abort(reason) };
    },
  });
  for (let seed = 1; seed <= 100; seed++) {
    const { pieces } = fuzzedStream(new Random(seed));
    const socket = new MemorySocket();
    newest = socket;
    server.emit("connection", socket);
    for (const piece of pieces) {
      socket.push(piece);
      if (seed % 2 === 0) await new Promise(setImmediate);
    }
    socket.push(null);
    // Our end of it: where bytes are left unread it stays open for a while.
    if (!socket.writableFinished) await once(socket, "finish");
    socket.destroy();
    const { messages, refusal } = ourReading(pieces);
    const read = messages.map(({ method, rawHeaders, body }) => JSON.stringify([method, rawHeaders, body]));
    assert.deepEqual(socket.heard.requests, read, `seed ${seed}`);
    assert.equal(/HTTP\/1.1 4\d\d /.test(socket.heard.written), refusal !== null, `seed ${seed}`);
  }
  server.emit("close");
});

const about = { headers: {}, isLast: false, idleTimeoutMs: 10_000 };

async function tell(channel: HttpChannel, requests: string[], signal: AbortSignal): Promise<void> {
  const { method, rawHeaders } = channel.head;
  try {
    const body = Buffer.from(await channel.body(listenLimits.maxBodyBytes, stoppedBy(signal))).toString(
      "latin1",
    );
    requests.push(JSON.stringify([method, rawHeaders, body]));
    await channel.answer({ status: 200, body: "", ...about });
  } catch {
    await channel.answer({ status: 400, body: "", ...about });
  }
}
