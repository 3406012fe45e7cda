// How much callers may take of a listener, and which shapes of HTTP/1.1 it takes from them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, chatBody, errorOf } from "../../test/support/ask.ts";
import { eventually } from "../../test/support/demo.ts";
import { openRaw, startRawUpstream, streamHead, wholeAnswer } from "../../test/support/raw-http.ts";
import { keyOf, startTestCell, type TestCell } from "../../test/support/test-cell.ts";

function post(tenant: string, body: string, ...lines: readonly string[]): string {
  return [
    "POST /v1/chat/completions HTTP/1.1",
    "host: cell",
    `authorization: Bearer ${keyOf(tenant)}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...lines,
    "",
    body,
  ].join("\r\n");
}

function get(path: string, ...lines: readonly string[]): string {
  const key = `authorization: Bearer ${keyOf("demo-bank")}`;
  return [`GET ${path} HTTP/1.1`, "host: cell", key, "connection: close", ...lines, "", ""].join("\r\n");
}

function saying(text: string): string {
  return chatBody().replace("How do you do?", text);
}

const chat = JSON.stringify({ object: "chat.completion", model: "assistant", choices: [{}] });

test("a new connection takes the place of the idlest one, and one that is busy keeps its own", async (t) => {
  const finish = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    void finish.promise.then(() => socket.end(wholeAnswer(200, chat)));
  });
  const cell = await startTestCell(t, {
    urls: { "fra-1": upstream.url },
    capacity: { connections: 3 },
  });
  const busy = await openRaw(t, cell.gateway.url);
  busy.send(post("demo-bank", chatBody({ model: "solo" }), "connection: close"));
  await eventually(() => upstream.requests.length === 1);
  const idlest = await openRaw(t, cell.gateway.url);
  idlest.socket.on("error", () => undefined);
  for (let count = 0; count < 5; count++) {
    const client = await openRaw(t, cell.gateway.url);
    client.socket.on("error", () => undefined);
  }
  await idlest.ended();
  const client = await openRaw(t, cell.gateway.url);
  client.send(get("/v1/models"));
  assert.equal((await client.ended()).status, 200);
  finish.resolve();
  assert.equal((await busy.ended()).status, 200);
  assert.match(cell.metrics(), /^bailiwick_connections_crowded_total\{[^}]*\} [1-9]/m);
});

test("where all connections are busy, liveness is answered, and all else is told to come again", async (t) => {
  const upstream = await startRawUpstream(t, () => undefined);
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, capacity: { connections: 1 } });
  const busy = await openRaw(t, cell.gateway.url);
  busy.send(post("demo-bank", chatBody({ model: "solo" })));
  await eventually(() => upstream.requests.length === 1);
  const probe = await openRaw(t, cell.gateway.url);
  probe.send(get("/livez"));
  assert.equal((await probe.ended()).status, 200);
  const crowded = await openRaw(t, cell.gateway.url);
  crowded.send(get("/v1/models"));
  const answer = await crowded.ended();
  assert.equal(answer.status, 503);
  assert.equal(errorOf({ text: answer.body }).type, "gateway_overloaded");
  assert.deepEqual([answer.headers["connection"], answer.headers["retry-after"]], ["close", "1"]);
});

test("bodies that together are more than the memory meant for them are refused, and taken when there is room", async (t) => {
  const cell = await startTestCell(t, { capacity: { bytesInFlight: 20_000 } });
  const slow = await openRaw(t, cell.gateway.url);
  slow.send(post("demo-bank", "", "x-a: b").replace("content-length: 0", "content-length: 19000"));
  await eventually(() => /^bailiwick_bytes_in_flight\{[^}]*\} 19000$/m.test(cell.metrics()));
  const refused = await askChat(cell, { body: saying("x".repeat(5_000)) });
  assert.equal(refused.status, 503);
  assert.equal(errorOf(refused).type, "gateway_overloaded");
  slow.socket.destroy();
  await eventually(async () => (await askChat(cell, { body: saying("x".repeat(5_000)) })).status === 200);
  await eventually(() => /^bailiwick_bytes_in_flight\{[^}]*\} 0$/m.test(cell.metrics()));
});

for (const { title, bytes } of [
  { title: "an answer", bytes: post("limited", chatBody({ model: "solo" })) },
  {
    title: "one of two answers, asked for together,",
    bytes: post("limited", chatBody({ model: "solo" })).repeat(2),
  },
]) {
  test(`${title} of 16 MiB that its caller does not read is given up, and holds its tenant's turn until then`, async (t) => {
    const huge = chat.replace("{}", `{"message":{"content":"${"x".repeat(16 << 20)}"}}`);
    const upstream = await startRawUpstream(t, (socket) =>
      socket.end(wholeAnswer(200, huge, "connection: close\r\n")),
    );
    const cell = await startTestCell(t, {
      urls: { "fra-1": upstream.url },
      limits: { idleTimeoutMs: 3_000 },
    });
    const client = await openRaw(t, cell.gateway.url);
    client.socket.on("error", () => undefined);
    client.socket.pause();
    client.send(bytes);
    await eventually(() => cell.entries.some(({ t: kind }) => kind === "outcome"));
    assert.equal((await askChat(cell, { tenant: "limited", model: "solo" })).status, 429);
    await eventually(() => finishedOf(cell).some(({ status, isTaken }) => status === 200 && !isTaken));
    assert.match(cell.metrics(), /^bailiwick_connections\{[^}]*\} 0$/m);
  });
}

test("a caller that takes its answer slowly, but takes it, gets all of it", async (t) => {
  const huge = chat.replace("{}", `{"message":{"content":"${"x".repeat(8 << 20)}"}}`);
  const upstream = await startRawUpstream(t, (socket) =>
    socket.end(wholeAnswer(200, huge, "connection: close\r\n")),
  );
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, limits: { idleTimeoutMs: 2_000 } });
  const client = await openRaw(t, cell.gateway.url);
  client.send(post("demo-bank", chatBody({ model: "solo" }), "connection: close"));
  client.socket.on("data", () => {
    client.socket.pause();
    setTimeout(() => client.socket.resume(), 5);
  });
  assert.equal((await client.ended()).body.length, huge.length);
  await eventually(() => finishedOf(cell).some(({ isTaken }) => isTaken));
});

interface Finished {
  readonly status: number;
  readonly isTaken: boolean;
}

function finishedOf(cell: TestCell): readonly Finished[] {
  return cell.logLines
    .filter((line) => line.includes('"request_finished"'))
    .map((line) => JSON.parse(line) as Finished);
}

test("a caller that ends its half of the connection gets its answer, whole or as events", async (t) => {
  const cell = await startTestCell(t);
  for (const isStream of [false, true]) {
    const client = await openRaw(t, cell.gateway.url);
    client.socket.end(post("demo-bank", chatBody({ model: "solo", isStream })));
    const answer = await client.ended();
    assert.equal(answer.status, 200);
    assert.match(answer.body, isStream ? /data: \[DONE\]/ : /chat\.completion/);
  }
});

for (const isStream of [false, true]) {
  test(`a caller that leaves while an engine works is missed soon, ${isStream ? "with" : "before"} an answer`, async (t) => {
    const upstream = await startRawUpstream(t, (socket) => {
      if (isStream) socket.write(`${streamHead}data: ${chat.replace("completion", "completion.chunk")}\n\n`);
    });
    const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
    const client = await openRaw(t, cell.gateway.url);
    client.send(post("demo-bank", chatBody({ model: "solo", isStream })));
    await eventually(() => upstream.requests.length === 1);
    if (isStream) await client.heard("chat.completion.chunk");
    client.socket.destroy();
    await upstream.closed();
    await eventually(() => cell.entries.some((entry) => entry.t === "outcome" && entry.result === "aborted"));
  });
}

const refusedShapes = [
  { title: "a coding that nobody undoes", bytes: post("demo-bank", "", "transfer-encoding: gzip, chunked") },
  { title: "a body chunked twice", bytes: post("demo-bank", "", "transfer-encoding: chunked, chunked") },
  {
    title: "HTTP/1.0 with chunks",
    bytes: post("demo-bank", "", "transfer-encoding: chunked", "connection: keep-alive").replace(
      "1.1",
      "1.0",
    ),
  },
  { title: "HTTP/2.0 in a request line", bytes: post("demo-bank", "").replace("HTTP/1.1", "HTTP/2.0") },
  { title: "HTTP/0.9 in a request line", bytes: "GET /v1/models HTTP/0.9\r\nhost: cell\r\n\r\n" },
  { title: "a user in a target's authority", bytes: get("http://user@cell/v1/models") },
];

for (const { title, bytes } of refusedShapes) {
  test(`${title} is refused with 400, and the connection ends`, async (t) => {
    const cell = await startTestCell(t);
    const client = await openRaw(t, cell.gateway.url);
    client.send(bytes.replace("content-length: 0\r\n", ""));
    const answer = await client.ended();
    assert.deepEqual([answer.status, answer.headers["connection"]], [400, "close"], answer.text);
  });
}

test("a target in absolute form is its path and query", async (t) => {
  const cell = await startTestCell(t);
  for (const target of [
    "http://cell/v1/models",
    "HTTP://elsewhere:8080/v1/models?x=1",
    "https://cell/livez",
  ]) {
    const client = await openRaw(t, cell.gateway.url);
    client.send(get(target));
    assert.equal((await client.ended()).status, 200, target);
  }
});

test("HEAD says what GET says, without the body", async (t) => {
  const cell = await startTestCell(t);
  for (const path of ["/livez", "/readyz", "/v1/models", "/v1/models/solo"]) {
    const headers = { authorization: `Bearer ${keyOf("demo-bank")}` };
    const [whole, head] = [
      await fetch(cell.gateway.url + path, { headers }),
      await fetch(cell.gateway.url + path, { headers, method: "HEAD" }),
    ];
    assert.deepEqual([whole.status, head.status], [200, 200]);
    assert.equal(head.headers.get("content-length"), whole.headers.get("content-length"));
    assert.equal(await head.text(), "");
    assert.notEqual(await whole.text(), "");
  }
});

test("one model is shown by its name, escaped or not; one that the caller may not use does not exist", async (t) => {
  const cell = await startTestCell(t);
  const ask = async (name: string, tenant: string): Promise<Response> =>
    fetch(`${cell.gateway.url}/v1/models/${name}`, { headers: { authorization: `Bearer ${keyOf(tenant)}` } });
  const shown = (await (await ask("solo", "demo-bank")).json()) as { id: string; object: string };
  assert.deepEqual([shown.id, shown.object], ["solo", "model"]);
  assert.equal((await ask("s%6Flo", "demo-bank")).status, 200);
  for (const name of ["nothing", "assistant%2Fx", "assistant/x", "%zz"]) {
    const answer = await ask(name, "demo-bank");
    assert.equal(answer.status, 404, name);
    assert.equal(errorOf({ text: await answer.text() }).type, "caller_unknown_model");
  }
  assert.equal((await ask("assistant", "narrow")).status, 404);
  assert.equal((await ask("solo", "nobody")).status, 401);
});

const page = "https://app.test.example";

test("a browser's preflight is answered before anybody is identified, for the origins that the cell names", async (t) => {
  const cell = await startTestCell(t, { corsOrigins: [page] });
  const preflight = async (origin: string): Promise<Response> =>
    fetch(`${cell.gateway.url}/v1/chat/completions`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
      },
    });
  const granted = await preflight(page);
  assert.equal(granted.status, 204);
  assert.equal(granted.headers.get("access-control-allow-origin"), page);
  assert.equal(
    granted.headers.get("access-control-allow-headers"),
    "authorization,content-type,x-stainless-os",
  );
  assert.match(granted.headers.get("access-control-allow-methods") ?? "", /POST/);
  assert.equal((await preflight("https://evil.example")).headers.get("access-control-allow-origin"), null);
  const answer = await fetch(`${cell.gateway.url}/v1/models`, { headers: { origin: page } });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get("access-control-allow-origin"), page);
  assert.match(answer.headers.get("access-control-expose-headers") ?? "", /bailiwick-request-id/);
});

test("by default no page of another origin may ask", async (t) => {
  const cell = await startTestCell(t);
  const answer = await fetch(`${cell.gateway.url}/v1/models`, {
    method: "OPTIONS",
    headers: { origin: page },
  });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
});

test("every answer has the request's id under the name that SDKs show, and a refusal that waiting does not cure says so", async (t) => {
  const cell = await startTestCell(t);
  for (const { tenant, status, retry } of [
    { tenant: "demo-bank", status: 200, retry: null },
    { tenant: "demo-dubai", status: 421, retry: "false" },
    { tenant: "nomad", status: 451, retry: "false" },
    { tenant: "nowhere", status: 403, retry: "false" },
    { tenant: "nobody", status: 401, retry: "false" },
  ]) {
    const answer = await fetch(`${cell.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyOf(tenant)}`, "content-type": "application/json" },
      body: chatBody(),
    });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("x-request-id"), answer.headers.get("bailiwick-request-id"));
    assert.equal(answer.headers.get("x-should-retry"), retry);
    await answer.text();
  }
});

test("a refusal for a place without a pack does not ask for the header that was sent, and a limit has the policy's spelling", async (t) => {
  const cell = await startTestCell(t);
  const placed = await askChat(cell, { headers: { "bailiwick-jurisdiction": "BR" } });
  assert.equal(placed.status, 403);
  assert.match(errorOf(placed).message, /law of `BR`.*pack/);
  assert.doesNotMatch(errorOf(placed).message, /send `bailiwick-jurisdiction`/);
  assert.match(errorOf(await askChat(cell, { tenant: "nowhere" })).message, /send `bailiwick-jurisdiction`/);
  for (let count = 0; count < 2; count++) await askChat(cell, { tenant: "slow" });
  const limited = errorOf(await askChat(cell, { tenant: "slow" }));
  assert.equal(limited.param, "requests-per-minute");
  assert.match(limited.message, /`requests-per-minute`/);
});

const dear = [
  {
    title: "1.6 million names",
    body: `{${Array.from({ length: 1_300_000 }, (_, at) => `"n${at}":0`).join()}}`,
  },
  { title: "arrays 60 deep", body: `{"a":[${`${"[".repeat(60)}${"]".repeat(60)},`.repeat(130_000)}0]}` },
  { title: "5 million empty objects", body: `{"a":[${"{},".repeat(5_000_000)}0]}` },
  { title: "a number of 15 million digits", body: `{"a":${"1".repeat(15_000_000)}}` },
  { title: "15 million spaces", body: `{${" ".repeat(15_000_000)}}` },
  { title: "a text of 16 MB beyond ASCII", body: saying("é".repeat(8_000_000)) },
  // As clients write it that keep JSON to ASCII.
  {
    title: "a text of 2.7 million characters, each escaped",
    body: saying("").replace('""', `"${"\\u6f22".repeat(2_700_000)}"`),
  },
  { title: "a name of 15 million letters", body: `{"${"ſ".repeat(7_500_000)}":0}` },
];

test("no body of 16 MB holds the event loop for long", async (t) => {
  const cell = await startTestCell(t, { limits: { maxBodyBytes: 16 << 20 } });
  // The machine's own measure: two passes over as many bytes, by a loop that does nothing else. Beside other work on the
  // machine a turn takes up to a tenth more than one.
  const yardstickMs = 2 * yardstick();
  for (const { title, body } of dear) {
    await t.test(title, async (t) => {
      const watch = watchLongestTurn();
      const client = await openRaw(t, cell.gateway.url);
      client.send(post("demo-bank", body, "connection: close"));
      await client.ended();
      const longestMs = watch.stop();
      assert.ok(longestMs < yardstickMs, `${longestMs} ms, yardstick ${yardstickMs} ms`);
    });
  }
});

/** By processor time of this thread: whoever else keeps the machine busy does not show. */
function watchLongestTurn(): { readonly stop: () => number } {
  let longestMs = 0;
  let beganMs = processorMs();
  const turn = (): void => {
    const now = processorMs();
    longestMs = Math.max(longestMs, now - beganMs);
    beganMs = now;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return {
    stop: () => {
      clearImmediate(next);
      return longestMs;
    },
  };
}

function yardstick(): number {
  const bytes = new Uint8Array(16 << 20);
  const beganMs = processorMs();
  let sum = 0;
  for (const byte of bytes) sum += byte;
  assert.equal(sum, 0);
  return processorMs() - beganMs;
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
