// What the benchmarks measure with, measured itself: it has to read what comes, and to tell the truth about what it saw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayCases } from "../bench/measure/gateway-cases.ts";
import { gatewayRow } from "../bench/measure/gateway-row.ts";
import { Caller, requestBytes } from "../bench/measure/load.ts";
import { processorMicros, residentMiB } from "../bench/measure/processor-time.ts";
import { takeTurns } from "../bench/measure/rounds.ts";
import { pipe, startUpstream } from "../bench/peers/node-programs.ts";
import { benchHeaders } from "../bench/peers/peer.ts";
import { MessageReader } from "../bench/programs/message-reader.ts";

const messages = Buffer.from(
  "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" +
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na;ext=1\r\n0123456789\r\n0\r\nx: y\r\n\r\n" +
    "GET / HTTP/1.1\r\n\r\n",
);

test("messages are the same wherever their bytes are cut", () => {
  for (let cut = 0; cut <= messages.length; cut++) {
    const seen: string[] = [];
    let body = "";
    const reader = new MessageReader({
      onHead: (head) => seen.push(head.split(" ", 2).join(" ")),
      onBody: (bytes) => (body += bytes.toString()),
      onEnd: () => {
        seen.push(body);
        body = "";
      },
    });
    reader.push(messages.subarray(0, cut));
    reader.push(messages.subarray(cut));
    assert.deepEqual(
      seen,
      ["POST /", "hello", "HTTP/1.1 200", "abc0123456789", "GET /", ""],
      `cut at ${cut}`,
    );
  }
});

test("a call through the pipe is answered as one without it, whole and as a stream, and costs it processor time", async (t) => {
  const upstream = await startUpstream();
  t.after(() => upstream.stop());
  const server = await pipe.start(upstream);
  t.after(() => server.stop());
  for (const stream of [false, true]) {
    const body = JSON.stringify({ stream });
    assert.equal(await answer(server.port, body), await answer(upstream.port, body));
  }
  assert.match(await answer(server.port, JSON.stringify({ stream: true })), /data: \[DONE\]\n\n$/);
  await assert.rejects(answer(server.port, "{}", { authorization: "Bearer nobody" }), /ended in the middle/);

  const each = gatewayCases.find(({ stream, clients }) => stream && clients === 32);
  assert.ok(each);
  const taken = await takeTurns([upstream, server], { ...each, seconds: 0.1 }, 2);
  const [own = [], direct = []] = [taken.get(server), taken.get(upstream)];
  const row = gatewayRow({ peer: pipe, server, each, rounds: { own, direct, nginx: own } });
  assert.deepEqual(
    { peer: row.peer, clients: row.clients, stream: row.stream, cpuOverNginx: row.cpuOverNginx },
    { peer: "pipe", clients: 32, stream: true, cpuOverNginx: 1 },
  );
  assert.ok(row.rps > 0 && row.cpuUsPerRequest > 0 && row.rssMiB > 0, JSON.stringify(row));
});

test("a process that is not there took no time and holds no memory", () => {
  const noProcess = 2 ** 22 + 1;
  assert.equal(processorMicros(noProcess), 0);
  assert.equal(residentMiB(noProcess), 0);
  assert.ok(processorMicros(process.pid) > 0);
});

async function answer(
  port: number,
  body: string,
  headers: Record<string, string> = benchHeaders,
): Promise<string> {
  const caller = await Caller.open(port);
  const parts: string[] = [];
  caller.onBody = (bytes) => parts.push(bytes.toString());
  try {
    await caller.call(requestBytes({ port, headers, body }));
    return parts.join("");
  } finally {
    caller.close();
  }
}
