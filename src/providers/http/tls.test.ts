// An endpoint's own certificates, against servers that really speak TLS.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createServer, type TlsOptions } from "node:tls";
import { failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { okAnswer } from "../../../test/support/raw-upstream.ts";
import { tinyAuthority, type TinyCertificate } from "../../../test/support/tiny-certificates.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { openAiCompatible } from "../openai-compatible/engine.ts";
import { UpstreamError } from "../provider.ts";

const house = tinyAuthority("house");
const stranger = tinyAuthority("stranger");

test("a server whose certificate comes from the endpoint's `ca` is asked, by calls and by probes", async (t) => {
  const server = await serve(t, house.issue("127.0.0.1"));
  const connection = connect(t, server.url, { ca: house.certificate });
  assert.equal(await textOf((await connection.call(upstreamCall())).body), "{}");
  assert.equal(await connection.probe(new AbortController().signal), true);
});

for (const { title, shown, ca, cause } of [
  {
    title: "from another authority",
    shown: stranger.issue("127.0.0.1"),
    ca: house.certificate,
    cause: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  },
  {
    title: "that no authority of the system vouches for",
    shown: house.issue("127.0.0.1"),
    ca: null,
    cause: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  },
  {
    title: "of another host",
    shown: house.issue("127.0.0.2"),
    ca: house.certificate,
    cause: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
]) {
  test(`a server with a certificate ${title} gets not a byte, and the cause is told`, async (t) => {
    const server = await serve(t, shown);
    const connection = connect(t, server.url, { ca });
    await assert.rejects(
      connection.call(upstreamCall()),
      (error) =>
        error instanceof UpstreamError &&
        error.failure === "unreachable" &&
        !error.mayHaveArrived &&
        error.cause === cause,
    );
    assert.equal(server.heard(), "");
  });
}

test("a server that asks who calls is shown the endpoint's client certificate", async (t) => {
  const server = await serve(t, house.issue("127.0.0.1"), { requestCert: true, ca: house.certificate });
  const client = house.issue();
  const connection = connect(t, server.url, { ca: house.certificate, client });
  assert.equal(await textOf((await connection.call(upstreamCall())).body), "{}");
});

for (const { title, client } of [
  { title: "none", client: null },
  { title: "one that it does not know", client: stranger.issue() },
]) {
  test(`a server that wants a client certificate and is shown ${title} does not answer`, async (t) => {
    const server = await serve(t, house.issue("127.0.0.1"), { requestCert: true, ca: house.certificate });
    const connection = connect(t, server.url, { ca: house.certificate, client });
    await assert.rejects(connection.call(upstreamCall()), failsAs("unreachable"));
    assert.equal(server.heard(), "");
  });
}

test("an endpoint whose certificate and key are no pair is unreachable", async (t) => {
  const server = await serve(t, house.issue("127.0.0.1"));
  const client = { certificate: house.issue().certificate, key: house.issue().key };
  const connection = connect(t, server.url, { ca: house.certificate, client });
  await assert.rejects(connection.call(upstreamCall()), failsAs("unreachable"));
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a server of ${version} is greeted as one that is known, and HTTP/1.1 is all that is spoken`, async (t) => {
    const server = await serve(t, house.issue("127.0.0.1"), {
      maxVersion: version,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    const connection = connect(t, server.url, { ca: house.certificate });
    for (let n = 0; n < 2; n++) await textOf((await connection.call(upstreamCall())).body);
    assert.deepEqual(server.greetings, [
      { isKnown: false, protocol: "http/1.1" },
      { isKnown: true, protocol: "http/1.1" },
    ]);
  });

  test(`a server of ${version} that was refused for its name is refused again`, async (t) => {
    const server = await serve(t, house.issue("127.0.0.2"), { maxVersion: version });
    const connection = connect(t, server.url, { ca: house.certificate });
    for (let n = 0; n < 3; n++) await assert.rejects(connection.call(upstreamCall()), failsAs("unreachable"));
    assert.equal(server.heard(), "");
  });
}

test("a large body and a large answer pass through TLS whole, at their reader's pace", async (t) => {
  const answer = Buffer.alloc(4 * 1024 * 1024, "b").toString();
  const server = await serve(t, house.issue("127.0.0.1"), {}, answer);
  const connection = connect(t, server.url, { ca: house.certificate });
  for (let n = 0; n < 2; n++) {
    const { body } = await connection.call(upstreamCall({ body: [Buffer.alloc(1024 * 1024, "a")] }));
    let size = 0;
    for await (const piece of body) {
      size += piece.length;
      await nextTurn();
    }
    assert.equal(size, answer.length);
  }
  assert.equal(server.greetings.length, 1);
});

async function serve(
  t: TestContext,
  { certificate, key }: TinyCertificate,
  options: TlsOptions = {},
  answer?: string,
): Promise<TlsServer> {
  const greetings: Greeting[] = [];
  let heard = "";
  const server = createServer({ cert: certificate, key, ...options }, (socket) => {
    greetings.push({ isKnown: socket.isSessionReused(), protocol: socket.alpnProtocol });
    let request = "";
    socket
      .on("error", () => undefined)
      .on("data", (bytes: Buffer) => {
        heard += bytes.toString();
        request += bytes.toString();
        if (answer === undefined) socket.end(okAnswer("{}"));
        else if (request.endsWith("a".repeat(1024 * 1024))) {
          request = "";
          socket.write(okAnswer(answer));
        }
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard,
    greetings,
  };
}

interface Greeting {
  readonly isKnown: boolean;
  readonly protocol: string | false | null;
}

interface TlsServer {
  readonly url: string;
  readonly greetings: readonly Greeting[];
  heard(): string;
}

function connect(
  t: TestContext,
  url: string,
  { ca, client }: { readonly ca: string | null; readonly client?: TinyCertificate | null },
): AskedConnection {
  const connection = asking(openAiCompatible.open(engineAddress(url, { ca, client: client ?? null }), 8));
  t.after(() => connection.close());
  return connection;
}
